// What is legal in the gateway's file, and wide: for `beamgate check` and for the log at the start. Pure.
import type { LineOf, Path } from '../platform/config/lines.ts';
import { type Complaint, type Mistake, placeComplaints } from '../platform/config/mistakes.ts';
import { prefixLength } from '../platform/networks.ts';
import { addressClaims } from './config-claims.ts';
import type { GatewayFile } from './config-schema.ts';
import { isForEverything } from './config-unreachable.ts';
import { gatewayAppName } from './policy/app-index.ts';
import type { App, Rule } from './types.ts';

export type WarningReason =
  | 'insecure'
  | 'cookie_shared'
  | 'proxies_wide'
  | 'anyone_signed_in'
  | 'public_app'
  | 'id_tokens'
  | 'addresses_believed'
  | 'one_namespace'
  | 'any_host'
  | 'hosts_below'
  | 'observing'
  | 'headers_to_list'
  | 'credential_passed_on';

export type ConfigWarning = Mistake & { readonly reason: WarningReason };

type Found = Complaint & { readonly reason: WarningReason };

export function warningsAbout(
  source: { readonly file: string; readonly lineOf: LineOf },
  file: GatewayFile,
  apps: readonly App[],
): readonly ConfigWarning[] {
  const own = apps.filter(({ name }) => name !== gatewayAppName);
  const found = [
    ...aboutTransport(file),
    ...aboutCookies(file),
    ...aboutProviders(file),
    ...own.flatMap((app) => aboutApp(app, file)),
  ];
  return found
    .flatMap(({ reason, ...complaint }) =>
      placeComplaints(source.file, source.lineOf, [complaint]).map((placed) => ({ ...placed, reason })),
    )
    .sort((a, b) => a.line - b.line);
}

function aboutCookies({ cookieDomain }: GatewayFile): readonly Found[] {
  if (cookieDomain === undefined) return [];
  const message = `every host below ${cookieDomain}, also one that the gateway does not guard, is sent the session of each visitor and can act in their name`;
  return [{ reason: 'cookie_shared', path: ['cookieDomain'], message }];
}

function aboutTransport(file: GatewayFile): readonly Found[] {
  const insecure: Found = {
    reason: 'insecure',
    path: ['insecure'],
    message: 'plain http is served: anyone on the network reads every token, and can use it',
  };
  const wide = file.trustedProxies.flatMap((text, index): readonly Found[] => {
    if (!isWide(text)) return [];
    const message = `${text} is wide: each machine there can ask the gateway as a proxy, collect assertions, and say which address a client has`;
    return [{ reason: 'proxies_wide', path: ['trustedProxies', index], message }];
  });
  return [...(file.insecure ? [insecure] : []), ...wide];
}

/** More machines than one network of containers has. */
function isWide(text: string): boolean {
  const prefix = prefixLength(text);
  return text === 'private' || (prefix !== undefined && prefix.bits < (prefix.of === 32 ? 16 : 64));
}

function aboutProviders(file: GatewayFile): readonly Found[] {
  return Object.entries(file.providers).flatMap(([name, entry]) => [
    ...aboutAddresses(name, entry),
    ...aboutIdTokens(name, entry),
  ]);
}

type ProviderEntry = GatewayFile['providers'][string];

function aboutIdTokens(name: string, entry: ProviderEntry): readonly Found[] {
  if (entry.kind !== 'oidc' || !entry.acceptIdTokens) return [];
  const path = ['providers', name, 'acceptIdTokens'];
  const message = 'an ID token is good as a bearer token: each client it was issued for can act as its user';
  return [{ reason: 'id_tokens', path, message }];
}

function aboutAddresses(name: string, { claims, vouchesFor }: ProviderEntry): readonly Found[] {
  const believed = addressClaims(claims).filter(({ kind }) => vouchesFor?.includes(kind) === true);
  return believed.map(
    ({ path }): Found => ({
      reason: 'addresses_believed',
      path: ['providers', name, 'vouchesFor'],
      message: `${path} of ${name} is believed without a check: whoever can write somebody's address into an account there acts as that person here`,
    }),
  );
}

function aboutApp(app: App, file: GatewayFile): readonly Found[] {
  const path = ['apps', app.name];
  const listed = app.setHeaders.map(({ name }) => name).filter((name) => name !== 'Authorization');
  // What is ours in a Cookie never reaches an app.
  const kept = (file.apps[app.name]?.keep ?? []).filter((name) => name.toLowerCase() !== 'cookie');
  const candidates: readonly (Found & { readonly applies: boolean })[] = [
    {
      applies: app.host.kind === 'any',
      reason: 'any_host',
      path: [...path, 'url'],
      message: `${app.name} is served under every host that leads here`,
    },
    {
      // A code of sign-in goes to the address that somebody's link names, and the link's author knows the nonce.
      applies: app.host.kind === 'below' && signsIn(file),
      reason: 'hosts_below',
      path: [...path, 'url'],
      message: `whoever runs any host below ${app.url}, also one that the gateway does not guard, can learn who a visitor is and act in their name there`,
    },
    {
      applies: file.apps[app.name]?.oneNamespace === true && app.providers.length > 1,
      reason: 'one_namespace',
      path: [...path, 'oneNamespace'],
      message: `${app.name} takes a name for the same person whoever vouches for it: ${orList(app.providers)}`,
    },
    {
      applies: kept.length > 0,
      reason: 'credential_passed_on',
      path: [...path, 'keep'],
      message: `${app.name} is given its users' own tokens (${kept.join(', ')}): whoever runs it can act as them elsewhere`,
    },
    {
      applies: listed.length > 0,
      reason: 'headers_to_list',
      path: [...path, 'setHeaders'],
      message: `Traefik passes them only where authResponseHeaders lists them: ${listed.join(', ')}`,
    },
  ];
  return [
    ...candidates.filter(({ applies }) => applies).map(({ applies: _, ...found }) => found),
    ...app.rules.flatMap((rule) => aboutRule(app, rule, file)),
  ];
}

function signsIn({ providers }: GatewayFile): boolean {
  return Object.values(providers).some(({ signIn }) => signIn !== undefined);
}

function aboutRule(app: App, rule: Rule, file: GatewayFile): readonly Found[] {
  const path = pathOf(app, rule);
  if (rule.isObserved)
    return [{ reason: 'observing', path, message: 'it observes only: the next rule decides' }];
  const vouching = providersThatSuffice(app, rule, file);
  if (vouching.length > 0) {
    const message = `${app.name} admits anyone whom ${orList(vouching)} vouches for`;
    return [{ reason: 'anyone_signed_in', path, message }];
  }
  if (rule.allow.kind === 'public' && isForEverything(rule))
    return [{ reason: 'public_app', path, message: `${app.name} is open to everybody, under every path` }];
  return [];
}

/** Whose users are all let in, whoever they are. */
function providersThatSuffice({ providers }: App, { allow }: Rule, file: GatewayFile): readonly string[] {
  if (allow.kind === 'signed-in') return providers;
  if (allow.kind !== 'who' || allow.users.size + allow.groups.size + allow.roles.size > 0) return [];
  const { realms } = allow;
  return providers.filter((name) => realms === 'any' || realms.has(file.providers[name]?.realm ?? name));
}

/** Rules that come from `defaults` have no place of their own. */
function pathOf(app: App, rule: Rule): Path {
  const [, key, index] = /\.(allow|public|rules)(?:\[(\d+)\])?$/.exec(rule.id) ?? [];
  return [
    'apps',
    app.name,
    ...(key === undefined ? [] : [key]),
    ...(index === undefined ? [] : [Number(index)]),
  ];
}

function orList(names: readonly string[]): string {
  return names.join(' or ');
}
