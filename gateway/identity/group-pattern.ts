// One component of a group pattern, the text between two colons: literals and placeholders such as `{vo}`. Pure.

/** `one`: a placeholder for one or more characters; `several`: `{group...}`, for one or more whole components. */
export type Part = { readonly kind: 'text' | 'one' | 'several'; readonly text: string };

/** @returns the parts, or what is wrong with them. @param text `undefined`: it could not be decoded. */
export function readParts(text: string | undefined): readonly Part[] | string {
  if (text === undefined) return 'a % that does not begin a valid percent-encoded character';
  const parts = text
    .split(/(\{[^{}]*\})/)
    .filter((part) => part !== '')
    .map(readPart);
  const mistake = parts.find((part) => typeof part === 'string');
  if (mistake !== undefined) return mistake;
  const read = parts.filter((part) => typeof part !== 'string');
  const isAdjacent = read.some(({ kind }, index) => kind !== 'text' && read[index + 1]?.kind === 'one');
  return isAdjacent
    ? 'two placeholders with nothing between them: nothing says where the first one ends'
    : read;
}

function readPart(text: string): Part | string {
  const [, name, dots] = /^\{([A-Za-z][A-Za-z0-9_]*)(\.\.\.)?\}$/.exec(text) ?? [];
  if (name !== undefined) return { kind: dots === undefined ? 'one' : 'several', text: name };
  return /[{}]/.test(text)
    ? 'a brace that is not part of a placeholder such as {vo} or {group...}'
    : { kind: 'text', text };
}

/**
 * Matches one component in linear time: each literal is looked for from where the one before it ended.
 * @param captured takes what the placeholders stand for. @returns whether it matches.
 */
export function captureIn(
  parts: readonly Part[],
  component: string,
  captured: Map<string, string>,
  ignoresCase: boolean,
): boolean {
  let at = 0;
  for (const [index, part] of parts.entries()) {
    const end = part.kind === 'text' ? at + part.text.length : endOf(parts, index, component, at);
    const found = component.slice(at, end);
    if (part.kind === 'text' ? !isSame(found, part.text, ignoresCase) : end <= at) return false;
    if (part.kind !== 'text') captured.set(part.text, found);
    at = end;
  }
  return at === component.length;
}

/** Where a placeholder ends: before the literal behind it, which is the last one only at the end of the component. */
function endOf(parts: readonly Part[], index: number, component: string, at: number): number {
  const next = parts[index + 1];
  if (next === undefined) return component.length;
  if (index + 2 === parts.length) return component.length - next.text.length;
  return component.indexOf(next.text, at + 1);
}

function isSame(found: string, wanted: string, ignoresCase: boolean): boolean {
  return ignoresCase ? found.toLowerCase() === wanted.toLowerCase() : found === wanted;
}
