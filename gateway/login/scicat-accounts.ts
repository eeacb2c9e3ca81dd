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

export type ScicatAccounts = {
  /** @returns who it is, with the end of SciCat's token; `undefined`: user name or password is wrong. @throws Unavailable */
  signIn(account: Account, clientAddress: string | undefined): Promise<Identity | undefined>;
};

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
  const signIn = async (account: Account): Promise<Identity | undefined> => {
    for (const kind of provider.signIn.accounts) {
      const granted = await logIn(provider, kind, account, parts);
      if (granted === undefined) continue;
      const authentication = await verify(granted.access_token);
      if (authentication.kind !== 'verified')
        throw outage(provider, 'bad_answer', 'gave a token that it does not take itself');
      return endingWith(authentication.identity, granted.expires_in, clock.now());
    }
    return undefined;
  };
  return { signIn: (account, clientAddress) => questions.ask(clientAddress, () => signIn(account)) };
}

/** There is no refresh: the session ends with the token. */
function endingWith(identity: Identity, expiresInSeconds: number | undefined, nowMs: number): Identity {
  const end = expiresInSeconds === undefined ? undefined : Math.floor(nowMs / 1000) + expiresInSeconds;
  const ends = [identity.expiresAt, end].filter((time) => time !== undefined);
  return { ...identity, expiresAt: ends.length === 0 ? undefined : Math.min(...ends) };
}

async function logIn(
  provider: SigningScicat,
  kind: keyof typeof paths,
  account: Account,
  { dispatcher, clock = machineClock }: ScicatParts,
): Promise<z.output<typeof loginSchema> | undefined> {
  const askedAtMs = clock.elapsed();
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
  const tookMs = clock.elapsed() - askedAtMs;
  if (answer.status === 401 && tookMs <= provider.slowRefusalMs) return undefined;
  if (answer.status === 401)
    throw outage(
      provider,
      'timeout',
      `answered 401 only after ${Math.round(tookMs)} ms, as it does when its database is down`,
    );
  if (answer.status !== 200 && answer.status !== 201)
    throw outage(provider, 'server_error', `answered ${answer.status} for a sign-in`);
  return parseAnswer(provider.name, loginSchema, answer);
}

function outage(
  { name, url }: SigningScicat,
  reason: 'server_error' | 'timeout' | 'bad_answer',
  what: string,
): Unavailable {
  return new Unavailable({ dependency: name, reason, message: `${name} (${url}) ${what}` });
}
