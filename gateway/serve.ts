// One configuration -> all that answers by it: the door, the gateway's own pages, sign-in. Another configuration takes its
// place between two requests; what outlives it (keys, sessions, what is known of providers) comes from outside.
import type { Logger } from '../platform/log.ts';
import type { RefusalBook } from '../platform/refusal-book.ts';
import { fetchListener } from '../platform/server.ts';
import { createPublicApp, type PublicApp } from './app.ts';
import { type Assertions, createAssertions } from './assertion.ts';
import type { GatewayConfig } from './config.ts';
import type { ProviderHeaders } from './credentials/read.ts';
import type { Verifiers } from './credentials/verifiers.ts';
import type { Gate } from './decide.ts';
import type { KeyRing } from './key-ring.ts';
import type { Guesses } from './login/guesses.ts';
import { answerReserved } from './login/handover-return.ts';
import { createPendingSeal } from './login/pending-login.ts';
import type { SignInProviders, SignIns } from './login/sign-in-providers.ts';
import { answerSignOut, endSessionOf } from './login/sign-out.ts';
import type { Login } from './login/visit.ts';
import type { GatewayMetrics } from './metrics.ts';
import type { Serving as Answering } from './open-listeners.ts';
import { createPassports } from './passport.ts';
import { indexApps } from './policy/app-index.ts';
import type { Portal } from './portal/visits.ts';
import type { Site } from './proxies/render.ts';
import { createRecords } from './record.ts';
import { withReserved } from './reserved-listener.ts';
import { createBackchannelLogout } from './sessions/backchannel-logout.ts';
import { cookiePlace } from './sessions/cookies.ts';
import { digestProviders } from './sessions/provider-digest.ts';
import { hashOf, makeRandomText } from './sessions/random.ts';
import type { Sessions } from './sessions/sessions.ts';
import type { EncryptionKeys } from './store/key-encryption.ts';
import type { ForwardedRequest } from './types.ts';

/** What several configurations have in common, one after the other. */
export type Parts = {
  readonly keys: KeyRing;
  readonly now: () => number;
  readonly metrics: GatewayMetrics;
  readonly verifiers: Verifiers;
  readonly refusals: RefusalBook;
  readonly sessions: Sessions;
  readonly signIns: SignInProviders;
  readonly guesses: Guesses;
  readonly encryptionKeys: EncryptionKeys;
  readonly log: Logger;
};

export type Serving = Answering & { readonly login: Login };

export function serve(config: GatewayConfig, parts: Parts): Serving {
  const providerHeaders: ProviderHeaders = new Map(
    config.providers.flatMap((provider) =>
      provider.kind === 'scicat' ? [[provider.header, provider.name] as const] : [],
    ),
  );
  const site = buildSite(config, providerHeaders);
  const { logoutReaders: readers, ...signIns } = parts.signIns.signInFor(config.providers);
  const login = buildLogin(config, { site, signIns }, parts);
  const { publicUrl: issuer, assertionTtlSeconds: ttlSeconds } = config;
  const assertions = createAssertions({ issuer, ttlSeconds, keys: parts.keys, now: parts.now });
  const gate = buildGate(config, { site, login, providerHeaders, assertions }, parts);
  const pages = fetchListener(
    publicAppOf(config, {
      gate,
      assertions,
      login,
      portal: buildPortal(config, { gate, login }, parts),
      receiveLogout: createBackchannelLogout({ ...parts, readers }),
    }).fetch,
  );
  const { scheme } = placeOf(config.publicUrl);
  const isTrustedProxy = (address: string) => config.trustedProxies.has(address);
  return { config, gate, login, ownPages: withReserved(pages, gate, { scheme, isTrustedProxy }) };
}

function placeOf(publicUrl: string): Pick<ForwardedRequest, 'scheme' | 'host'> {
  const { protocol, hostname } = new URL(publicUrl);
  return { scheme: protocol === 'http:' ? 'http' : 'https', host: { name: hostname, port: undefined } };
}

function buildSite(config: GatewayConfig, providerHeaders: ProviderHeaders): Site {
  const signsIn = config.providers.some(({ signIn }) => signIn !== undefined);
  const ownPlace = cookiePlace(config.cookies, placeOf(config.publicUrl));
  return {
    publicUrl: config.publicUrl,
    branding: config.branding,
    credentialHeaders: ['authorization', 'cookie', ...providerHeaders.keys()],
    handover: signsIn ? { cookies: config.cookies, ownPlace, makeNonce: makeRandomText, hashOf } : undefined,
  };
}

function buildLogin(
  config: GatewayConfig,
  { site, signIns }: { readonly site: Site; readonly signIns: Pick<SignIns, 'clients' | 'accounts'> },
  parts: Parts,
): Login {
  const { sessions, guesses, encryptionKeys, refusals, now, log } = parts;
  return {
    publicUrl: config.publicUrl,
    site,
    apps: config.apps,
    providers: config.providers,
    providerDigests: digestProviders(config.providers),
    cookies: config.cookies,
    sharedComputers: config.sessions.sharedNetworks,
    sessions,
    ...signIns,
    guesses,
    pendingSeal: createPendingSeal(encryptionKeys),
    now,
    log,
    refusals,
  };
}

function buildPortal(
  { admins, providers }: GatewayConfig,
  { gate, login }: { readonly gate: Gate; readonly login: Login },
  { sessions }: Parts,
): Portal {
  return {
    ...login,
    sessions,
    policy: gate.policy,
    providerTitles: new Map(providers.map(({ name, title }) => [name, title])),
    admins,
    signOut: (visit) => answerSignOut(visit, login, { isOwn: true, isForm: true }),
  };
}

type Built = {
  readonly site: Site;
  readonly login: Login;
  readonly providerHeaders: ProviderHeaders;
  readonly assertions: Assertions;
};

function buildGate(config: GatewayConfig, built: Built, parts: Parts): Gate {
  const { site, login, providerHeaders, assertions } = built;
  const { metrics, verifiers, refusals, log, now } = parts;
  return {
    authenticated: config.authenticated,
    policy: { apps: indexApps(config.apps), providerHeaders, cookies: config.cookies, now },
    verify: verifiers.verifyFor(config),
    passports: createPassports({ assertions, site }),
    site,
    metrics,
    log,
    records: createRecords({ metrics, log, refusals, file: config.file }),
    refusals,
    reserved: (request) => answerReserved(request, login),
    endSession: (request) => endSessionOf(request, login),
  };
}

function publicAppOf(
  config: GatewayConfig,
  { gate, ...pages }: Pick<PublicApp, 'assertions' | 'login' | 'portal' | 'receiveLogout'> & { gate: Gate },
) {
  return createPublicApp({
    basePath: new URL(config.publicUrl).pathname.replace(/\/$/, ''),
    verify: gate.verify,
    place: placeOf(config.publicUrl),
    credentialPlaces: gate.policy,
    providers: config.providers.map(({ name }) => name),
    trustedProxies: config.trustedProxies,
    ...pages,
    log: gate.log,
  });
}
