// The apps of a gateway's file -> the policy that decides, or what is wrong with them. Pure.
import type { LineOf } from '../platform/config/lines.ts';
import type { Complaint } from '../platform/config/mistakes.ts';
import { complainAboutScheme, readAppUrl } from './config-address.ts';
import { compileAudiences } from './config-audiences.ts';
import { shareEqualParts } from './config-equal-parts.ts';
import { ownApp } from './config-own-app.ts';
import {
  type AppContext,
  type Complain,
  compilePatterns,
  compileRules,
  compileWho,
  unknownName,
} from './config-rules.ts';
import type { GatewayFile } from './config-schema.ts';
import type { AppEntry } from './config-schema-apps.ts';
import { compileSetHeaders } from './config-set-headers.ts';
import { gatewayAppName } from './policy/app-index.ts';
import { presets } from './presets.ts';
import type { App, EncodedCharacter, Rule, WhoRequirement } from './types.ts';

export type CompiledApps = {
  readonly apps: readonly App[];
  readonly admins: WhoRequirement | undefined;
  readonly complaints: readonly Complaint[];
};

export function compileApps(file: GatewayFile, lineOf: LineOf): CompiledApps {
  const complaints: Complaint[] = [];
  const realms = new Map(
    Object.entries(file.providers).map(([name, provider]) => [name, provider.realm ?? name]),
  );
  const apps = Object.entries(file.apps).map(([name, entry]) => {
    const context: AppContext = {
      name,
      entry,
      file,
      realms,
      lineOf,
      complain: (path, message) => complaints.push({ path, message }),
    };
    return compileApp(context);
  });
  const complain: Complain = (path, message) => complaints.push({ path, message });
  const all = [ownApp(file, complain), ...apps].filter((app) => app !== undefined);
  const place = { path: ['admins'], realms: new Set(realms.values()), isOneNamespace: false, complain };
  const admins = file.admins === undefined ? undefined : compileWho(file.admins, place);
  return { apps: shareEqualParts(all), admins, complaints: [...complaints, ...duplicates(all)] };
}

function compileApp(context: AppContext): App | undefined {
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
  const realms = new Set(providers.map((provider) => context.realms.get(provider) ?? provider));
  const rules = compileRules(context, realms);
  if (entry.labels) complainAboutLabels(context, rules, realms);
  complainAboutCombinations(context, rules);
  return {
    name,
    title: entry.title ?? presets[entry.preset].title ?? name,
    description: entry.description,
    icon: entry.icon,
    isListed: entry.listed,
    url: location.url,
    host: location.host,
    prefix: location.prefix,
    // In standalone mode nobody has removed the prefix before the gateway looks.
    stripped: entry.stripped && entry.upstream === undefined,
    takesLabels: entry.labels,
    providers,
    acceptTokensFor: compileAudiences(context, providers),
    rules,
    passesPreflight: entry.preflight === 'pass',
    dialect: presets[entry.preset].dialect,
    statuses: presets[entry.preset].statuses ?? 'any',
    headerEncoding: entry.headerEncoding,
    logoutPaths: compilePatterns(context, logoutPathsOf(entry), [...path, 'logoutPaths']),
    encodedCharacters: encodedCharactersOf(entry, rules),
    groupPatterns: entry.groups,
    attributes: entry.attributes ?? [],
    setHeaders: compileSetHeaders(context),
    allowedOrigins: new Set(entry.allowedOrigins),
    keep: new Set(entry.keep?.map((header) => header.toLowerCase())),
    endsStreams: entry.endStreams !== undefined,
    upstream:
      entry.upstream === undefined
        ? undefined
        : {
            url: new URL(entry.upstream),
            removesPrefix: entry.stripped,
            caPem: entry.caFile?.pem,
          },
  };
}

function logoutPathsOf({ preset, logoutPaths }: AppEntry): readonly string[] {
  return logoutPaths === 'none' ? [] : (logoutPaths ?? presets[preset].logoutPaths);
}

/** A preset's count only where they may: an app that reads %2F as / would see another path than a rule with paths. */
function encodedCharactersOf(entry: AppEntry, rules: readonly Rule[]): ReadonlySet<EncodedCharacter> {
  const isSafe = rules.every((rule) => rule.paths === 'any');
  return new Set(entry.encodedCharacters ?? (isSafe ? presets[entry.preset].encodedCharacters : []));
}

function complainAboutProviders(
  { name, entry, realms, complain }: AppContext,
  providers: readonly string[],
): void {
  for (const [index, provider] of (entry.providers ?? []).entries()) {
    if (!realms.has(provider))
      complain(['apps', name, 'providers', index], unknownName('provider', provider, [...realms.keys()]));
  }
  if (providers.length === 0) complain(['apps', name], 'no provider is configured, so nobody could sign in');
}

function complainAboutCombinations(
  { name, entry, file, complain }: AppContext,
  rules: readonly Rule[],
): void {
  const path = ['apps', name];
  if (entry.encodedCharacters !== undefined && rules.some((rule) => rule.paths !== 'any')) {
    complain(
      [...path, 'encodedCharacters'],
      'only where no rule has paths: an app that reads %2F as / would see another path than the rule',
    );
  }
  if (entry.caFile !== undefined && entry.upstream?.startsWith('https:') !== true)
    complain([...path, 'caFile'], 'only with an https upstream: it is for its certificate');
  const credentialHeaders = [
    'authorization',
    'cookie',
    ...Object.values(file.providers).flatMap((provider) =>
      provider.kind === 'scicat' ? [provider.header] : [],
    ),
  ];
  for (const [index, header] of (entry.keep ?? []).entries()) {
    if (!credentialHeaders.some((known) => known.toLowerCase() === header.toLowerCase()))
      complain([...path, 'keep', index], unknownName('credential header', header, credentialHeaders));
  }
}

/** Groups in a label narrow whom a rule lets in: there is nobody to narrow where it lets in everybody. */
function complainAboutLabels(
  { name, entry, complain }: AppContext,
  rules: readonly Rule[],
  realms: ReadonlySet<string>,
): void {
  const path = ['apps', name, 'labels'];
  const open = rules.find(({ allow, isObserved }) => allow.kind === 'public' && !isObserved);
  if (open !== undefined)
    complain(path, `groups cannot narrow ${open.id}, which is public: give public paths an app of their own`);
  if (realms.size > 1 && !entry.oneNamespace)
    complain(path, 'the app takes several realms, and a label names groups of none: say oneNamespace: true');
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
