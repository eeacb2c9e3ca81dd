// Gives groups other names by patterns, so that rules need not repeat URNs: the first pattern that matches decides. Matching
// takes linear time, whatever a provider sends. Pure.
// Sources: AARC-G069 and AARC-G002 (groups as URNs), RFC 8141 (URNs).
import { captureIn, type Part, readParts } from './group-pattern.ts';

export type GroupName = {
  /** As it is written in the file. */
  readonly pattern: string;
  readonly isUrn: boolean;
  /** What stands between the colons of the pattern. */
  readonly components: readonly (readonly Part[])[];
  readonly name: readonly Part[];
};

export type GroupNames = {
  readonly patterns: readonly GroupName[];
  /** What becomes of a group that matches no pattern. */
  readonly unmapped: 'keep' | 'drop';
};

/** @returns the compiled pattern, or what is wrong with it. */
export function readGroupName(pattern: string, name: string): GroupName | string {
  const isUrn = isUrnText(pattern);
  if (isUrn && pattern.includes('#'))
    return 'the authority after # is not significant and is ignored: leave it out of the pattern';
  const components = pattern.split(':').map((text) => readParts(isUrn ? decode(text) : text));
  const parts = components.map((component) => (typeof component === 'string' ? [] : component));
  const nameParts = readParts(name);
  if (typeof nameParts === 'string') return `name: ${nameParts}`;
  const placeholders = parts.flat().filter((part) => part.kind !== 'text');
  const mistake =
    components.find((component) => typeof component === 'string') ??
    complaintAbout(parts, nameParts, placeholders);
  return mistake ?? { pattern, isUrn, components: parts, name: nameParts };
}

function complaintAbout(
  components: readonly (readonly Part[])[],
  name: readonly Part[],
  placeholders: readonly Part[],
): string | undefined {
  const known = placeholders.map(({ text }) => text);
  const several = components.filter((parts) => parts.some(({ kind }) => kind === 'several'));
  const unknown = name.find(({ kind, text }) => kind !== 'text' && !known.includes(text));
  if (new Set(known).size < known.length) return 'the same placeholder twice';
  if (several.length > 1) return 'more than one placeholder with "..."';
  if (several.some((parts) => parts.length > 1))
    return 'a placeholder with "..." stands alone between two colons';
  if (name.some(({ kind }) => kind === 'several'))
    return 'name: a placeholder is written there without "..."';
  return unknown === undefined ? undefined : `name: the pattern has no placeholder {${unknown.text}}`;
}

export type NamedGroups = {
  readonly groups: readonly string[];
  /** Whether groups were dropped because they match no pattern. */
  readonly isAnyDropped: boolean;
};

export function nameGroups(groups: readonly string[], names: GroupNames): NamedGroups {
  const named = groups.map((group) => nameOf(group, names.patterns) ?? keepOf(group, names));
  return {
    groups: [...new Set(named.filter((name) => name !== undefined))],
    isAnyDropped: named.includes(undefined),
  };
}

function keepOf(group: string, { unmapped }: GroupNames): string | undefined {
  return unmapped === 'keep' ? group : undefined;
}

function nameOf(group: string, patterns: readonly GroupName[]): string | undefined {
  const isUrn = isUrnText(group);
  const components = componentsOf(group, isUrn);
  if (components === undefined) return undefined;
  for (const pattern of patterns) {
    const captured = pattern.isUrn === isUrn ? captureAll(pattern, components) : undefined;
    if (captured === undefined) continue;
    return pattern.name.map(({ kind, text }) => (kind === 'text' ? text : captured.get(text))).join('');
  }
  return undefined;
}

/** Without the authority; decoded after it is split, so that `%3A` is no colon. `undefined`: a malformed URN. */
function componentsOf(group: string, isUrn: boolean): readonly string[] | undefined {
  if (!isUrn) return group.split(':');
  const components = (group.split('#', 1)[0] ?? '').split(':').map(decode);
  return components.some((component) => component === undefined)
    ? undefined
    : components.filter((component) => component !== undefined);
}

function captureAll(
  { isUrn, components: wanted }: GroupName,
  components: readonly string[],
): ReadonlyMap<string, string> | undefined {
  const at = wanted.findIndex((parts) => parts[0]?.kind === 'several');
  const extra = components.length - wanted.length;
  if (at < 0 ? extra !== 0 : extra < 0) return undefined;
  const captured = new Map<string, string>();
  for (const [index, parts] of wanted.entries()) {
    const from = at >= 0 && index > at ? index + extra : index;
    const [first] = parts;
    if (first?.kind === 'several')
      captured.set(
        first.text,
        components
          .slice(from, from + extra + 1)
          .map(escapeColon)
          .join(':'),
      );
    else if (!captureIn(parts, components[from] ?? '', captured, isUrn && index < 2)) return undefined;
  }
  return captured;
}

/** So that `a%3Ab` and `a:b` stay two groups. */
function escapeColon(component: string): string {
  return component.replace(/[%:]/g, encodeURIComponent);
}

function isUrnText(text: string): boolean {
  return /^urn:/i.test(text);
}

function decode(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch (error) {
    if (error instanceof URIError) return undefined;
    throw error;
  }
}
