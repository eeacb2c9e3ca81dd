// Signing in with user name and password at a SciCat backend. Source: contracts/scicat.md, "Tokens" and its hazards.
import { z } from 'zod';
import { machineClock } from '../../platform/clock.ts';
import { parseAnswer, send } from '../../platform/outgoing.ts';
import { Unavailable } from '../../platform/unavailable.ts';
import type { SigningScicat } from '../config-providers.ts';
import type { ScicatSignIn } from '../config-sign-in.ts';
import { Questions } from '../credentials/questions.ts';
import { createScicatVerifier, type ScicatParts } from '../credentials/scicat.ts';
import type { Identity } from '../types.ts';

export type Account = { readonly username: string; readonly password: string };

export type SignInOutcome =
  /** The identity ends with SciCat's token. */
  | { readonly kind: 'granted'; readonly identity: Identity; readonly token: string }
  /** User name or password is wrong, as far as anybody could tell: `outages` are of account kinds that did not answer. */
  | { readonly kind: 'rejected'; readonly outages: readonly AccountOutage[] };

export type AccountOutage = { readonly accounts: AccountKind; readonly error: Unavailable };

export type ScicatAccounts = {
  /** The backend, for whoever counts attempts: several providers may lead to one. */
  readonly backend: string;
  /**
   * Tries every configured kind of account until one grants it. One that is out keeps nobody out who is right at
   * another, and hides no rejection: the attempt counts as soon as one kind has rejected it.
   * @throws Unavailable where no kind could judge it.
   */
  signIn(account: Account, clientAddress: string | undefined): Promise<SignInOutcome>;
  /** Whose a token of a sign-in is now. @returns `undefined` where SciCat rejects it. @throws Unavailable */
  identify(token: string): Promise<Identity | undefined>;
};

type AccountKind = keyof typeof paths;

/** How long the identity of a session counts before SciCat is asked for it again, as for a bearer token. */
export const identityCountsMs = 60_000;

const paths = { local: '/api/v3/auth/login', ldap: '/api/v3/auth/ldap' } as const;
const loginSchema = z.object({
  access_token: z.string().min(1),
  expires_in: z.number().positive().optional(),
});

export function createScicatAccounts(
  provider: SigningScicat & { readonly signIn: ScicatSignIn },
  parts: ScicatParts = {},
): ScicatAccounts {
  const verify = createScicatVerifier(provider, parts);
  const { clock = machineClock } = parts;
  const questions = new Questions(provider.name, provider.questions);
  const signIn = async (account: Account): Promise<SignInOutcome> => {
    const outages: AccountOutage[] = [];
    for (const kind of provider.signIn.accounts) {
      const granted = await logIn(provider, kind, account, parts).catch(noteOutage(kind, outages));
      if (granted === undefined) continue;
      const authentication = await verify(granted.access_token);
      if (authentication.kind !== 'verified')
        throw outage(provider, 'bad_answer', 'gave a token that it does not take itself');
      const identity = endingWith(authentication.identity, granted.expires_in, clock.now());
      return { kind: 'granted', identity, token: granted.access_token };
    }
    const [first] = outages;
    if (first !== undefined && outages.length === provider.signIn.accounts.length) throw first.error;
    return { kind: 'rejected', outages };
  };
  return {
    backend: provider.url,
    signIn: (account, clientAddress) =>
      questions.ask({ kind: 'address', address: clientAddress }, () => signIn(account)),
    identify: async (token) => {
      const authentication = await questions.ask(nobody, () => verify(token));
      return authentication.kind === 'verified' ? authentication.identity : undefined;
    },
  };
}

/** Nobody causes it: a session is due. */
const nobody = { kind: 'address', address: undefined } as const;

function noteOutage(accounts: AccountKind, outages: AccountOutage[]): (error: unknown) => undefined {
  return (error) => {
    if (!(error instanceof Unavailable)) throw error;
    outages.push({ accounts, error });
  };
}

/** There is no refresh: the session ends with the token. */
function endingWith(identity: Identity, expiresInSeconds: number | undefined, nowMs: number): Identity {
  const end = expiresInSeconds === undefined ? undefined : Math.floor(nowMs / 1000) + expiresInSeconds;
  const ends = [identity.expiresAt, end].filter((time) => time !== undefined);
  return { ...identity, expiresAt: ends.length === 0 ? undefined : Math.min(...ends) };
}

/**
 * @returns `undefined` where this kind of account rejects it. A rejection counts however long it took: directories delay
 * those of wrong passwords on purpose.
 */
async function logIn(
  provider: SigningScicat,
  kind: AccountKind,
  account: Account,
  { dispatcher }: ScicatParts,
): Promise<z.output<typeof loginSchema> | undefined> {
  const answer = await send({
    dependency: provider.name,
    method: 'POST',
    url: `${provider.url}${paths[kind]}`,
    headers: { 'content-type': 'application/json', accept: 'application/json' },
    body: JSON.stringify({ username: account.username, password: account.password }),
    timeoutMs: provider.timeoutMs,
    maxBytes: 1_048_576,
    ...(dispatcher === undefined ? {} : { dispatcher }),
  });
  if (answer.status === 401) return undefined;
  if (answer.status !== 200 && answer.status !== 201)
    throw outage(provider, 'server_error', `answered ${answer.status} for a sign-in`);
  return parseAnswer(provider.name, loginSchema, answer);
}

function outage(
  { name, url }: SigningScicat,
  reason: 'server_error' | 'bad_answer',
  what: string,
): Unavailable {
  return new Unavailable({ dependency: name, reason, message: `${name} (${url}) ${what}` });
}
