import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { VerdictCache } from '../../../gateway/credentials/cache.ts';
import { Questions } from '../../../gateway/credentials/questions.ts';
import { createScicatCheck } from '../../../gateway/credentials/scicat.ts';
import {
  type AcceptingApp,
  createVerify,
  type FindSession,
  type VerifyEvents,
} from '../../../gateway/credentials/verify.ts';
import type { Session } from '../../../gateway/sessions/session.ts';
import type { Authentication, Credential } from '../../../gateway/types.ts';
import { Unavailable } from '../../../platform/unavailable.ts';
import { sampleIdentity } from '../samples.ts';

const scicatToken = `${encode({ alg: 'HS256' })}.${encode({ username: 'a' })}.c2ln`;
const otherToken = `${encode({ alg: 'HS256' })}.${encode({ username: 'b' })}.c2ln`;

function encode(part: object): string {
  return Buffer.from(JSON.stringify(part)).toString('base64url');
}

function verifying(
  answer: (token: string) => Promise<Authentication>,
  names: readonly string[] = ['scicat'],
  findSession: FindSession = () => undefined,
) {
  const asked: string[] = [];
  const events: string[] = [];
  const verifiers = names.map((provider) => ({
    provider,
    kind: 'scicat' as const,
    check: createScicatCheck({ jwtSecret: undefined }),
    verify: (token: string) => {
      asked.push(`${provider} ${token}`);
      return answer(token);
    },
    questions: new Questions(provider, { maxConcurrent: 4, maxWaiting: 4, maxWaitMs: 1000, maxPerClient: 4 }),
  }));
  const cache = new VerdictCache({ identityMs: 60_000, rejectionMs: 5000, maxEntries: 100 });
  const verifyEvents = {
    cacheAnswered: (provider, isHit) => void events.push(`${provider} ${isHit ? 'hit' : 'miss'}`),
    providerAnswered: (provider, outcome) => void events.push(`${provider} ${outcome}`),
    providerFailed: (provider, error) => void events.push(`${provider} failed ${String(error)}`),
  } satisfies VerifyEvents;
  const verify = createVerify(verifiers, cache, verifyEvents, findSession);
  const ask = async (credential: Credential, providers: readonly string[] = names) => {
    const app: AcceptingApp = { providers, acceptTokensFor: new Map() };
    return verify(credential, { app, clientAddress: '192.0.2.1' });
  };
  return { ask, asked, events, verify };
}

const known = async (): Promise<Authentication> => ({ kind: 'verified', identity: sampleIdentity() });
const bearer = (token: string): Credential => ({ kind: 'bearer', header: 'authorization', token });
const header = (provider: string, token: string): Credential => ({
  kind: 'header',
  header: 'x',
  provider,
  token,
});

describe('a credential', () => {
  it('whose verdict is known is judged in the same turn', async () => {
    const { ask, asked, verify } = verifying(known);
    await ask(bearer(scicatToken));
    const again = verify(bearer(scicatToken), {
      app: { providers: ['scicat'], acceptTokensFor: new Map() },
      clientAddress: undefined,
    });
    assert.ok(!(again instanceof Promise));
    assert.equal(again.kind, 'verified');
    assert.equal(asked.length, 1);
  });

  it('that is absent, malformed or a password is nobody’s question', async () => {
    const { ask, asked } = verifying(known);
    assert.deepEqual(await ask({ kind: 'absent' }), { kind: 'absent' });
    assert.deepEqual(await ask({ kind: 'malformed', header: 'authorization' }), {
      kind: 'rejected',
      reason: 'credential_malformed',
    });
    assert.deepEqual(await ask({ kind: 'basic', header: 'authorization', userAndPassword: 'x' }), {
      kind: 'rejected',
      reason: 'credential_unsupported',
    });
    assert.deepEqual(asked, []);
  });

  it('is asked about once, and then known', async () => {
    const { ask, asked, events } = verifying(known);
    for (let at = 0; at < 3; at += 1) assert.equal((await ask(bearer(scicatToken))).kind, 'verified');
    assert.equal((await ask(header('scicat', scicatToken))).kind, 'verified');
    assert.deepEqual(asked, [`scicat ${scicatToken}`]);
    assert.deepEqual(events, ['scicat miss', 'scicat verified', 'scicat hit', 'scicat hit', 'scicat hit']);
  });

  it('is the app’s own provider’s, and never shown to another to see whether that one takes it', async () => {
    const { ask, asked } = verifying(
      async () => ({ kind: 'rejected', reason: 'token_refused' }),
      ['one', 'two'],
    );
    assert.deepEqual(await ask(bearer(scicatToken), ['two']), { kind: 'rejected', reason: 'token_refused' });
    assert.deepEqual(asked, [`two ${scicatToken}`]);
  });

  it('of a provider that the app does not take is rejected unasked, also when its verdict is known', async () => {
    const { ask, asked } = verifying(known, ['one', 'two']);
    await ask(header('one', scicatToken), ['one']);
    const elsewhere = await ask(header('one', scicatToken), ['two']);
    assert.deepEqual(elsewhere, { kind: 'rejected', reason: 'provider_not_accepted' });
    assert.deepEqual(await ask(header('one', otherToken), ['two']), {
      kind: 'rejected',
      reason: 'provider_not_accepted',
    });
    assert.equal(asked.length, 1);
  });

  it('of no provider’s shape or issuer is rejected unasked', async () => {
    const { ask, asked } = verifying(known);
    const assertion = `${encode({ alg: 'ES256', typ: 'beamgate-assertion+jwt' })}.${encode({ iss: 'https://lab.org/sso' })}.c2ln`;
    for (const token of ['x', 'a.b.c', assertion, `${encode({ alg: 'none' })}.${encode({})}.`])
      assert.equal((await ask(bearer(token))).kind, 'rejected', token);
    assert.deepEqual(await ask(header('nobody', scicatToken)), {
      kind: 'rejected',
      reason: 'credential_unsupported',
    });
    assert.deepEqual(asked, []);
  });

  it('that nobody can judge is an outage each time', async () => {
    const outage = new Unavailable({ dependency: 'scicat', reason: 'timeout', message: 'late' });
    const { ask, asked, events } = verifying(() => Promise.reject(outage));
    await assert.rejects(ask(bearer(scicatToken)), outage);
    await assert.rejects(ask(bearer(scicatToken)), outage);
    assert.equal(asked.length, 2);
    assert.deepEqual(events.filter((event) => event.includes('failed')).length, 2);
  });
});

describe('a session', () => {
  const session: Session = {
    key: 'k',
    identity: sampleIdentity({ provider: 'keycloak' }),
    provider: 'keycloak',
    sid: undefined,
    authTimeMs: 5,
    acr: 'mfa',
    createdAtMs: 0,
    lastSeenAtMs: 0,
    expiresAtMs: 10,
    device: '',
    address: undefined,
    isShared: false,
  };
  const cookie = (id: string): Credential => ({ kind: 'session', header: 'cookie', id, host: 'lab.org' });
  const find: FindSession = (id, host) => (id === 'known' && host === 'lab.org' ? session : undefined);

  it('is whose it is, with when and how they signed in', async () => {
    const { ask, asked } = verifying(known, ['scicat'], find);
    assert.deepEqual(await ask(cookie('known')), {
      kind: 'verified',
      identity: session.identity,
      signIn: { authTimeMs: 5, acr: 'mfa' },
    });
    assert.deepEqual(asked, []);
  });

  it('that does not live is no bad credential but none', async () => {
    const { ask } = verifying(known, ['scicat'], find);
    assert.deepEqual(await ask(cookie('other')), { kind: 'absent' });
  });

  it('is neither there nor gone while the database is away', async () => {
    const outage = new Unavailable({ dependency: 'database', reason: 'unreachable', message: 'away' });
    const { ask } = verifying(known, ['scicat'], async () => {
      throw outage;
    });
    await assert.rejects(ask(cookie('known')), outage);
  });
});
