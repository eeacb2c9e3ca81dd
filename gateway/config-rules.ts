// The rules of one app in a gateway's file -> the list of which the first that fits decides, or what is wrong with
// them. Pure.
import type { LineOf, Path } from '../platform/config/lines.ts';
import { closest } from '../platform/config/mistakes.ts';
import type { Networks } from '../platform/networks.ts';
import { compileNetworks } from './config-networks.ts';
import type { GatewayFile } from './config-schema.ts';
import type { AllowEntry, AppEntry, RuleEntry } from './config-schema-apps.ts';
import { findUnreachable } from './config-unreachable.ts';
import { readPattern } from './policy/pattern.ts';
import { presets } from './presets.ts';
import type { CredentialKind, PathPattern, Requirement, Rule, WhoRequirement } from './types.ts';

export type Complain = (path: Path, message: string) => void;

/** What an app is compiled from. */
export type AppContext = {
  readonly name: string;
  readonly entry: AppEntry;
  readonly file: GatewayFile;
  readonly realms: ReadonlyMap<string, string>;
  readonly lineOf: LineOf;
  readonly complain: Complain;
};

/** Health paths, public paths, then the rules in their order, then `allow`; `defaults` where the app has neither. */
export function compileRules(context: AppContext, appRealms: ReadonlySet<string>): readonly Rule[] {
  const { name, entry, file } = context;
  const inherits = entry.allow === undefined && entry.rules === undefined && file.defaults !== undefined;
  const source = inherits ? (file.defaults ?? {}) : entry;
  const base: Path = inherits ? ['defaults'] : ['apps', name];
  const rules: Rule[] = [];
  const { healthPaths = presets[entry.preset].healthPaths } = entry;
  if (healthPaths !== 'none' && healthPaths.length > 0) {
    const rule: RuleEntry = {
      ...plainRule,
      paths: [...healthPaths],
      methods: ['GET', 'HEAD'],
      allow: 'public',
    };
    rules.push(
      compileRule(
        context,
        rule,
        { id: `${name}.healthPaths`, path: ['apps', name, 'healthPaths'], pathsKey: [] },
        appRealms,
      ),
    );
  }
  if (entry.public !== undefined) {
    const rule: RuleEntry = { ...plainRule, paths: entry.public, allow: 'public' };
    rules.push(
      compileRule(
        context,
        rule,
        { id: `${name}.public`, path: ['apps', name, 'public'], pathsKey: [] },
        appRealms,
      ),
    );
  }
  for (const [index, rule] of (source.rules ?? []).entries()) {
    rules.push(
      compileRule(
        context,
        rule,
        { id: `${name}.rules[${index}]`, path: [...base, 'rules', index], pathsKey: ['paths'] },
        appRealms,
      ),
    );
  }
  if (source.allow !== undefined) {
    rules.push(
      compileRule(
        context,
        { ...plainRule, allow: source.allow },
        { id: `${name}.allow`, path: [...base, 'allow'], pathsKey: [] },
        appRealms,
      ),
    );
  }
  if (rules.every(({ isObserved, id }) => isObserved || id === `${name}.healthPaths`))
    context.complain(
      ['apps', name],
      'it has no rule that decides, so nobody gets in: write allow: ..., or allow: nobody if that is meant',
    );
  for (const { path, message } of findUnreachable(name, rules)) context.complain(path, message);
  return rules;
}

const plainRule = { identify: false, observe: false } as const;

type Place = { readonly id: string; readonly path: Path; readonly pathsKey: Path };

function compileRule(
  context: AppContext,
  entry: RuleEntry,
  place: Place,
  appRealms: ReadonlySet<string>,
): Rule {
  if (entry.identify && entry.allow !== 'public')
    context.complain([...place.path, 'identify'], 'only with `allow: public`: any other rule identifies');
  const kinds = entry.credentials ?? context.entry.credentials ?? presets[context.entry.preset].credentials;
  return {
    id: place.id,
    line: context.lineOf(place.path),
    paths:
      entry.paths === undefined
        ? 'any'
        : compilePatterns(context, entry.paths, [...place.path, ...place.pathsKey]),
    methods: entry.methods === undefined ? 'any' : new Set(entry.methods),
    networks: entry.networks === undefined ? 'any' : compileNetworksOf(context, entry.networks, place.path),
    isObserved: entry.observe,
    identifies: entry.identify,
    allow: compileAllow(context, entry.allow, place, appRealms),
    credentials: new Set(kinds.filter((kind) => isReadBy(kind, providersOf(context)))),
    maxAgeSeconds: entry.maxAgeSeconds,
    acr: entry.acr === undefined ? 'any' : new Set(entry.acr),
  };
}

type ProviderEntry = GatewayFile['providers'][string];

function providersOf({ entry, file }: AppContext): readonly ProviderEntry[] {
  const names = entry.providers ?? Object.keys(file.providers);
  return names.flatMap((name) => file.providers[name] ?? []);
}

/**
 * Tells whether a provider of the app takes credentials of this kind. A kind that no provider takes is the app's own: a browser's cached
 * `Basic`, or a token for the app behind, must not keep out a visitor whose session is good.
 */
function isReadBy(kind: CredentialKind, providers: readonly ProviderEntry[]): boolean {
  switch (kind) {
    case 'session':
    case 'header':
      return true;
    case 'bearer':
      return providers.some(
        (provider) => provider.kind === 'scicat' || provider.acceptTokensFor !== undefined,
      );
    case 'basic':
      return false;
  }
}

export function compilePatterns(
  { complain }: AppContext,
  texts: readonly string[],
  path: Path,
): readonly PathPattern[] {
  return texts.flatMap((text, index) => {
    const pattern = readPattern(text);
    if (typeof pattern !== 'string') return [pattern];
    complain([...path, index], pattern);
    return [];
  });
}

function compileNetworksOf({ complain }: AppContext, texts: readonly string[], path: Path): Networks {
  const { networks, complaints } = compileNetworks(texts, [...path, 'networks']);
  for (const complaint of complaints) complain(complaint.path, complaint.message);
  return networks;
}

function compileAllow(
  { entry, complain }: AppContext,
  allow: AllowEntry,
  place: Place,
  appRealms: ReadonlySet<string>,
): Requirement {
  if (typeof allow === 'string') return { kind: allow };
  const path = place.path.at(-1) === 'allow' ? place.path : [...place.path, 'allow'];
  return compileWho(allow, { path, realms: appRealms, isOneNamespace: entry.oneNamespace, complain });
}

/** @param place.realms from which somebody may come. */
export function compileWho(
  { users = [], groups = [], roles = [], realms }: Exclude<AllowEntry, string>,
  place: {
    readonly path: Path;
    readonly realms: ReadonlySet<string>;
    readonly isOneNamespace: boolean;
    readonly complain: Complain;
  },
): WhoRequirement {
  const { path, complain } = place;
  const namesSomebody = users.length + groups.length + roles.length > 0;
  if (!namesSomebody && realms === undefined)
    complain(path, 'found an empty mapping, expected users, groups, roles or realms');
  for (const [index, realm] of (realms ?? []).entries()) {
    if (!place.realms.has(realm))
      complain([...path, 'realms', index], unknownName('realm', realm, [...place.realms]));
  }
  if (namesSomebody && realms === undefined && place.realms.size > 1 && !place.isOneNamespace) {
    const list = [...place.realms].join(', ');
    const otherwise = path[0] === 'admins' ? '' : ', or oneNamespace: true on the app';
    complain(
      path,
      `several realms are accepted here (${list}), and the same name may mean somebody else in each: say realms: [...]${otherwise}`,
    );
  }
  return {
    kind: 'who',
    users: new Set(users),
    groups: new Set(groups),
    roles: new Set(roles),
    realms: realms === undefined ? 'any' : new Set(realms),
  };
}

/** With the name that was probably meant, or all that there are. */
export function unknownName(kind: string, found: string, known: readonly string[]): string {
  const meant = closest(found, known);
  return `there is no ${kind} "${found}"${meant === undefined ? `; there are: ${known.join(', ')}` : `, did you mean "${meant}"?`}`;
}
