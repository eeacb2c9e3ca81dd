// Somebody at one of the gateway's own pages: what their browser sends along, and whether they are signed in.
import type { Logger } from '../../platform/log.ts';
import type { RefusalBook } from '../../platform/refusal-book.ts';
import type { Provider } from '../config-providers.ts';
import { readHost } from '../proxies/forwarded.ts';
import type { Site } from '../proxies/render.ts';
import {
  type CookiePlace,
  type CookieRules,
  cookiePlace,
  ownCookieName,
  readSessionId,
} from '../sessions/cookies.ts';
import type { ProviderDigests } from '../sessions/provider-digest.ts';
import type { Session } from '../sessions/session.ts';
import type { Sessions } from '../sessions/sessions.ts';
import type { App, NetworkSet, RawHeaders, RequestHost } from '../types.ts';
import type { Guesses } from './guesses.ts';
import type { PendingSeal } from './pending-login.ts';
import type { ScicatAccounts } from './scicat-accounts.ts';
import type { SignInClient } from './sign-in-client.ts';

/** One request to a page of the gateway's. */
export type Visit = {
  readonly query: URLSearchParams;
  readonly headers: RawHeaders;
  readonly clientAddress: string | undefined;
  readonly requestId: string;
};

/** What signs people in, by one configuration. */
export type Login = {
  /** Without a final slash. */
  readonly publicUrl: string;
  readonly site: Site;
  /** The gateway itself among them. */
  readonly apps: readonly App[];
  readonly providers: readonly Provider[];
  readonly providerDigests: ProviderDigests;
  readonly cookies: CookieRules;
  /** Addresses of computers that several people use: instruments, control rooms. */
  readonly sharedComputers: NetworkSet;
  readonly sessions: Pick<Sessions, 'begin' | 'find' | 'end' | 'handOver' | 'redeem'>;
  /** By provider, those of kind `oidc` that sign people in. */
  readonly clients: ReadonlyMap<string, SignInClient>;
  /** By provider, those of kind `scicat` that do. */
  readonly accounts: ReadonlyMap<string, ScicatAccounts>;
  readonly guesses: Pick<Guesses, 'begin' | 'succeeded' | 'undecided'>;
  readonly pendingSeal: PendingSeal;
  /** Epoch milliseconds. */
  readonly now: () => number;
  readonly log: Logger;
  readonly refusals: RefusalBook;
};

/** Where the gateway's own session cookie lies. */
export function ownPlace({ publicUrl, cookies }: Pick<Login, 'publicUrl' | 'cookies'>): CookiePlace {
  return cookiePlace(cookies, { scheme: schemeOf(publicUrl), host: hostOf(publicUrl) });
}

/** Of a cookie on the gateway's own host alone. */
export function ownName(
  { publicUrl, cookies }: Pick<Login, 'publicUrl' | 'cookies'>,
  suffix: string,
): string {
  return ownCookieName(suffix, cookies, schemeOf(publicUrl));
}

/** @throws Unavailable when the database does not answer. */
export async function findSession(
  { headers }: Pick<Visit, 'headers'>,
  login: Pick<Login, 'publicUrl' | 'cookies'> & { readonly sessions: Pick<Sessions, 'find'> },
): Promise<Session | undefined> {
  const place = ownPlace(login);
  const id = readSessionId(headers, place);
  return id === undefined ? undefined : login.sessions.find(id, place.host);
}

function schemeOf(url: string): 'http' | 'https' {
  return url.startsWith('http:') ? 'http' : 'https';
}

function hostOf(url: string): RequestHost {
  const host = readHost(new URL(url).host);
  if ('outcome' in host) throw new Error(`${url} was checked when the configuration was read`);
  return host;
}
