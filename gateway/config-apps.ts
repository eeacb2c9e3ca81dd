// The apps of a gateway's file -> the policy that decides, or what is wrong with them. Pure.
import type { LineOf, Path } from '../platform/config/lines.ts';
import { type Complaint, closest } from '../platform/config/mistakes.ts';
import type { AllowEntry, AppEntry, GatewayFile, RuleEntry } from './config-schema.ts';
import { readPath } from './policy/path.ts';
import { coversPattern, readPattern } from './policy/pattern.ts';
import type { App, AppHost, CredentialKind, PathPattern, Requirement, Rule } from './types.ts';

export type CompiledApps = { readonly apps: readonly App[]; readonly complaints: readonly Complaint[] };

/** The name of the gateway itself among the apps: what lies below `publicUrl` is public and its own. */
export const gatewayAppName = 'beamgate';

export function compileApps(file: GatewayFile, lineOf: LineOf): CompiledApps {
  const complaints: Complaint[] = [];
  const realms = new Map(
    Object.entries(file.providers).map(([name, provider]) => [name, provider.realm ?? name]),
  );
  const apps = Object.entries(file.apps).map(([name, entry]) => {
    const context: Context = {
      name,
      entry,
      file,
      realms,
      lineOf,
      complain: (path, message) => complaints.push({ path, message }),
    };
    return compileApp(context);
  });
  const own = ownApp(file, (path, message) => complaints.push({ path, message }));
  const all = [own, ...apps].filter((app) => app !== undefined);
  return { apps: all, complaints: [...complaints, ...duplicates(all)] };
}

/** Scheme, host, port and path prefix of an app's or the gateway's URL. @returns a sentence that says what is wrong. */
export function readAppUrl(
  text: string,
): { scheme: string; host: AppHost; prefix: readonly string[]; url: string } | string {
  const match = /^(https?):\/\/(\*|(?:\*\.)?[^/:?#@*\s]+|\[[0-9a-fA-F:.]+\])(?::(\d{1,5}))?(\/[^?#]*)?$/.exec(
    text,
  );
  const [, scheme = '', hostText = '', portText, pathText = ''] = match ?? [];
  if (match === null)
    return `"${text}" is no address: write scheme, host and path, such as https://lab.org/grafana`;
  const path = readPath(pathText.replace(/\/$/, '') || '/');
  if ('outcome' in path || path.encoded.size > 0) return `"${text}": the path prefix has to be plain`;
  const prefix = path.segments.filter((segment) => segment !== '');
  const port = portText === undefined ? undefined : Number(portText);
  const host = readAppHost(hostText, port);
  return { scheme, host, prefix, url: text.replace(/\/$/, '') };
}

type Complain = (path: Path, message: string) => void;

type Context = {
  readonly name: string;
  readonly entry: AppEntry;
  readonly file: GatewayFile;
  readonly realms: ReadonlyMap<string, string>;
  readonly lineOf: LineOf;
  readonly complain: Complain;
};

function readAppHost(text: string, port: number | undefined): AppHost {
  if (text === '*') return { kind: 'any' };
  // The URL parser lower-cases, and writes an international name as the browser sends it (punycode).
  const name = new URL(`http://${text.replace(/^\*\./, '')}`).hostname.replace(/\.$/, '');
  return text.startsWith('*.') ? { kind: 'below', suffix: `.${name}`, port } : { kind: 'exact', name, port };
}

function compileApp(context: Context): App | undefined {
  const { name, entry, file, complain } = context;
  const path = ['apps', name];
  if (name === gatewayAppName) complain(path, 'the name is taken by the gateway itself');
  const location = readAppUrl(entry.url);
  if (typeof location === 'string') {
    complain([...path, 'url'], location);
    return undefined;
  }
  complainAboutScheme(location, file, (message) => complain([...path, 'url'], message));
  const providers = entry.providers ?? [...context.realms.keys()];
  complainAboutProviders(context, providers);
  const rules = compileRules(
    context,
    new Set(providers.map((provider) => context.realms.get(provider) ?? provider)),
  );
  complainAboutCombinations(context, rules);
  return {
    name,
    title: entry.title ?? name,
    url: location.url,
    host: location.host,
    prefix: location.prefix,
    stripped: entry.stripped,
    providers,
    rules,
    dialect: entry.preset,
    encodedCharacters: new Set(entry.encodedCharacters),
    groupPatterns: entry.groups,
    attributes: entry.attributes ?? [],
    keep: new Set(entry.keep?.map((header) => header.toLowerCase())),
    upstream: entry.upstream === undefined ? undefined : new URL(entry.upstream),
  };
}

function complainAboutScheme(
  location: { scheme: string; host: AppHost },
  file: GatewayFile,
  complain: (message: string) => void,
): void {
  if (location.scheme === 'https' || file.insecure || isLoopback(location.host)) return;
  complain(
    'plain http carries every token in the clear: use https, or say `insecure: true` at the top of the file',
  );
}

function isLoopback(host: AppHost): boolean {
  return host.kind === 'exact' && /^(?:(?:.+\.)?localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(host.name);
}

function complainAboutProviders(
  { name, entry, realms, complain }: Context,
  providers: readonly string[],
): void {
  for (const [index, provider] of (entry.providers ?? []).entries()) {
    if (!realms.has(provider))
      complain(['apps', name, 'providers', index], unknownName('provider', provider, [...realms.keys()]));
  }
  if (providers.length === 0) complain(['apps', name], 'no provider is configured, so nobody could sign in');
}

function complainAboutCombinations({ name, entry, complain }: Context, rules: readonly Rule[]): void {
  const path = ['apps', name];
  if (entry.encodedCharacters !== undefined && rules.some((rule) => rule.paths !== 'any')) {
    complain(
      [...path, 'encodedCharacters'],
      'only where no rule has paths: an app that reads %2F as / would see another path than the rule',
    );
  }
  if (entry.stripped && entry.upstream !== undefined) {
    complain(
      [...path, 'stripped'],
      'standalone mode passes paths on as they came: leave out stripped, or upstream',
    );
  }
}

function compileRules(context: Context, appRealms: ReadonlySet<string>): readonly Rule[] {
  const { name, entry, file } = context;
  const inherits = entry.allow === undefined && entry.rules === undefined && file.defaults !== undefined;
  const source = inherits ? (file.defaults ?? {}) : entry;
  const base: Path = inherits ? ['defaults'] : ['apps', name];
  const rules: Rule[] = [];
  if (entry.public !== undefined) {
    const rule: RuleEntry = { paths: entry.public, allow: 'public' };
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
        { allow: source.allow },
        { id: `${name}.allow`, path: [...base, 'allow'], pathsKey: [] },
        appRealms,
      ),
    );
  }
  if (rules.length === 0)
    context.complain(
      ['apps', name],
      'it has no rule, so nobody gets in: write allow: ..., or allow: nobody if that is meant',
    );
  complainAboutUnreachable(context, rules);
  return rules;
}

type Place = { readonly id: string; readonly path: Path; readonly pathsKey: Path };

function compileRule(context: Context, entry: RuleEntry, place: Place, appRealms: ReadonlySet<string>): Rule {
  const kinds = entry.credentials ?? context.entry.credentials ?? allCredentialKinds;
  return {
    id: place.id,
    line: context.lineOf(place.path),
    paths:
      entry.paths === undefined
        ? 'any'
        : compilePatterns(context, entry.paths, [...place.path, ...place.pathsKey]),
    methods: entry.methods === undefined ? 'any' : new Set(entry.methods),
    allow: compileAllow(context, entry.allow, place, appRealms),
    credentials: new Set(kinds),
  };
}

const allCredentialKinds: readonly CredentialKind[] = ['session', 'bearer', 'basic', 'header'];

function compilePatterns(
  { complain }: Context,
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

function compileAllow(
  { entry, complain }: Context,
  allow: AllowEntry,
  place: Place,
  appRealms: ReadonlySet<string>,
): Requirement {
  if (typeof allow === 'string') return { kind: allow };
  const path = place.path.at(-1) === 'allow' ? place.path : [...place.path, 'allow'];
  const { users = [], groups = [], roles = [], realms } = allow;
  const namesSomebody = users.length + groups.length + roles.length > 0;
  if (!namesSomebody && realms === undefined)
    complain(path, 'found an empty mapping, expected users, groups, roles or realms');
  for (const [index, realm] of (realms ?? []).entries()) {
    if (!appRealms.has(realm))
      complain([...path, 'realms', index], unknownName('realm', realm, [...appRealms]));
  }
  if (namesSomebody && realms === undefined && appRealms.size > 1 && !entry.oneNamespace) {
    const list = [...appRealms].join(', ');
    complain(
      path,
      `the app takes several realms (${list}), and the same name may mean somebody else in each: say realms: [...], or oneNamespace: true on the app`,
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

/** A rule that an earlier one covers never decides: whoever wrote it believes that it does. */
function complainAboutUnreachable({ name, complain }: Context, rules: readonly Rule[]): void {
  for (const [index, rule] of rules.entries()) {
    const earlier = rules.slice(0, index).find((candidate) => coversRule(candidate, rule));
    if (earlier !== undefined)
      complain(
        pathOfRule(name, rule),
        `never reached: ${earlier.id} (line ${earlier.line}) fits everything that it fits`,
      );
  }
}

function pathOfRule(app: string, rule: Rule): Path {
  const index = /\.rules\[(\d+)\]$/.exec(rule.id)?.[1];
  return index === undefined
    ? ['apps', app, rule.id.slice(app.length + 1)]
    : ['apps', app, 'rules', Number(index)];
}

function coversRule(wide: Rule, narrow: Rule): boolean {
  return coversMethods(wide, narrow) && coversPaths(wide, narrow);
}

function coversMethods(wide: Rule, narrow: Rule): boolean {
  const { methods } = wide;
  if (methods === 'any') return true;
  return narrow.methods !== 'any' && [...narrow.methods].every((method) => methods.has(method));
}

function coversPaths(wide: Rule, narrow: Rule): boolean {
  const { paths } = wide;
  if (paths === 'any') return true;
  return (
    narrow.paths !== 'any' &&
    narrow.paths.every((pattern) => paths.some((candidate) => coversPattern(candidate, pattern)))
  );
}

/** Sign-in, whoami and the key set are reached through the same proxy, which asks about them too. */
function ownApp(file: GatewayFile, complain: Complain): App | undefined {
  const location = readAppUrl(file.publicUrl);
  if (typeof location === 'string' || location.host.kind !== 'exact') {
    complain(
      ['publicUrl'],
      typeof location === 'string' ? location : 'the gateway has one host of its own, no wildcard',
    );
    return undefined;
  }
  complainAboutScheme(location, file, (message) => complain(['publicUrl'], message));
  const rule: Rule = {
    id: `${gatewayAppName}.public`,
    line: 0,
    paths: 'any',
    methods: 'any',
    allow: { kind: 'public' },
    credentials: new Set(),
  };
  return {
    name: gatewayAppName,
    title: 'Beamgate',
    url: location.url,
    host: location.host,
    prefix: location.prefix,
    stripped: false,
    providers: [],
    rules: [rule],
    dialect: 'beamgate',
    encodedCharacters: new Set(),
    groupPatterns: undefined,
    attributes: [],
    keep: new Set(),
    upstream: undefined,
  };
}

function duplicates(apps: readonly App[]): readonly Complaint[] {
  const seen = new Map<string, string>();
  return apps.flatMap((app) => {
    if (app.stripped) return [];
    const location = JSON.stringify([app.host, app.prefix]);
    const other = seen.get(location);
    seen.set(location, app.name);
    return other === undefined
      ? []
      : [{ path: ['apps', app.name, 'url'], message: `the same address as ${other}` }];
  });
}

function unknownName(kind: string, found: string, known: readonly string[]): string {
  const meant = closest(found, known);
  return `there is no ${kind} "${found}"${meant === undefined ? `; there are: ${known.join(', ')}` : `, did you mean "${meant}"?`}`;
}
