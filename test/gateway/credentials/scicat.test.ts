import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { describe, it, type TestContext } from 'node:test';
import { MockAgent } from 'undici';
import { createScicatVerifier, type ScicatProvider } from '../../../gateway/credentials/scicat.ts';
import type { Authentication } from '../../../gateway/types.ts';
import { Secret } from '../../../platform/config/secrets.ts';
import { Unavailable } from '../../../platform/unavailable.ts';
import { type TestClock, timesOf } from '../../platform/times.ts';

const key = 'the secret of the backend';
const nowMs = 1_800_000_000_000;

const provider: ScicatProvider = {
  kind: 'scicat',
  name: 'scicat',
  realm: 'facility',
  url: 'https://scicat.lab.org',
  caFile: undefined,
  jwtSecret: new Secret('test', key),
  header: 'scicat-api-key',
  claims: {
    id: 'userId',
    username: 'profile.username',
    groups: ['profile.accessGroups'],
    roles: [],
    email: 'profile.email',
    name: 'profile.displayName',
    separator: undefined,
    vouchesFor: ['email', 'phone_number'],
    groupNames: undefined,
  },
  timeoutMs: 5000,
  slowRefusalMs: 2000,
};

function sign(payload: object): string {
  const body = [{ alg: 'HS256' }, payload]
    .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
    .join('.');
  return `${body}.${createHmac('sha256', key).update(body).digest('base64url')}`;
}

const token = sign({ _id: '6b00', username: 'olga', exp: nowMs / 1000 + 60 });
const olga = {
  authStrategy: 'oidc',
  userId: '6b00',
  profile: {
    username: 'olga',
    displayName: 'Olga',
    email: 'olga@idp.org',
    accessGroups: ['FAC-A', 'p1', 'p1', 5],
  },
};

type Backend = {
  /** @returns what became of the token. */
  ask(presented?: string, overrides?: Partial<ScicatProvider>): Promise<Authentication>;
  readonly asked: { readonly path: string; readonly authorization: string | undefined }[];
};

/** @param options.tookMs by the gateway's clock. */
function backend(
  t: TestContext,
  answer: { readonly status: number; readonly body?: unknown; readonly headers?: Record<string, string> },
  options: { readonly tookMs?: number; readonly setByMs?: number } = {},
): Backend {
  const agent = new MockAgent();
  agent.disableNetConnect();
  t.after(() => agent.close());
  const asked: Backend['asked'] = [];
  const clock: TestClock = { nowMs };
  agent
    .get('https://scicat.lab.org')
    .intercept({ method: 'GET', path: /.*/ })
    .reply(({ path, headers }) => {
      clock.nowMs += options.tookMs ?? 0;
      clock.setByMs = options.setByMs ?? 0;
      const { authorization } = Object.fromEntries(Object.entries(Object(headers)));
      asked.push({ path, authorization: String(authorization) });
      const data = typeof answer.body === 'string' ? answer.body : JSON.stringify(answer.body ?? '');
      return { statusCode: answer.status, data, responseOptions: { headers: answer.headers ?? {} } };
    })
    .persist();
  return {
    asked,
    ask: (presented = token, overrides = {}) =>
      createScicatVerifier(
        { ...provider, ...overrides },
        { dispatcher: agent, clock: timesOf(clock) },
      )(presented),
  };
}

const rejected = (reason: string) => ({ kind: 'rejected', reason });

async function outage(asking: Promise<Authentication>): Promise<Unavailable> {
  const error: unknown = await asking.catch((thrown: unknown) => thrown);
  assert.ok(error instanceof Unavailable, JSON.stringify(error));
  assert.equal(error.dependency, 'scicat');
  assert.ok(!error.message.includes(token), 'a log line will hold this message');
  return error;
}

describe('a SciCat token', () => {
  it('is its user’s, as SciCat says', async (t) => {
    const { ask, asked } = backend(t, { status: 200, body: olga });
    assert.deepEqual(await ask(), {
      kind: 'verified',
      identity: {
        provider: 'scicat',
        realm: 'facility',
        id: '6b00',
        username: 'olga',
        groups: ['FAC-A', 'p1', '5'],
        roles: [],
        email: 'olga@idp.org',
        name: 'Olga',
        claims: olga,
        expiresAt: nowMs / 1000 + 60,
      },
    });
    assert.deepEqual(asked, [{ path: '/api/v3/users/my/identity', authorization: `Bearer ${token}` }]);
  });

  it('that is forged or has expired is refused without asking', async (t) => {
    const { ask, asked } = backend(t, { status: 200, body: olga });
    assert.deepEqual(await ask(`${token.slice(0, -3)}abc`), rejected('token_signature_invalid'));
    assert.deepEqual(await ask(sign({ _id: '6b00', exp: 1 })), rejected('token_expired'));
    assert.deepEqual(await ask('x'), rejected('token_malformed'));
    assert.deepEqual(asked, []);
  });

  it('whose secret is not known is for SciCat to judge', async (t) => {
    const { ask, asked } = backend(t, { status: 401, body: { message: 'Unauthenticated' } });
    assert.deepEqual(
      await ask(`${token.slice(0, -3)}abc`, { jwtSecret: undefined }),
      rejected('token_refused'),
    );
    assert.equal(asked.length, 1);
  });

  const nobody: readonly (readonly [string, unknown])[] = [
    ['an empty 200', ''],
    ['a 200 of spaces', ' \n'],
    ['null', 'null'],
    ['an empty object', {}],
    ['no user id', { profile: { username: 'olga' } }],
    ['an empty user id', { ...olga, userId: '' }],
    ['a user id that is no text', { ...olga, userId: { $oid: '6b00' } }],
    ['no profile', { userId: '6b00' }],
    ['an empty user name', { userId: '6b00', profile: { username: '' } }],
    ['two user names', { userId: '6b00', profile: { username: ['olga', 'root'] } }],
  ];
  for (const [name, body] of nobody)
    it(`is nobody’s where SciCat answers ${name}`, async (t) => {
      const verdict = await backend(t, { status: 200, body }).ask();
      assert.ok(verdict.kind === 'rejected');
      assert.equal(verdict.reason, 'token_anonymous');
    });

  it('is refused by a 401 that comes at once', async (t) => {
    const { ask } = backend(t, { status: 401, body: { message: 'Unauthenticated' } }, { tookMs: 2000 });
    assert.deepEqual(await ask(), rejected('token_refused'));
  });

  it('is not refused by a 401 that comes late: SciCat’s database is down', async (t) => {
    for (const setByMs of [0, -60_000]) {
      const { ask } = backend(t, { status: 401 }, { tookMs: 2001, setByMs });
      const { reason, message } = await outage(ask());
      assert.equal(reason, 'timeout');
      assert.match(message, /answered 401 only after 2001 ms/);
    }
  });

  it('is not answered with another user’s identity', async (t) => {
    const { reason, message } = await outage(
      backend(t, { status: 200, body: { ...olga, userId: 'ffff' } }).ask(),
    );
    assert.equal(reason, 'bad_answer');
    assert.match(message, /another user than the token names; is there a cache in between\?/);
  });

  const outages: readonly (readonly [string, Parameters<typeof backend>[1], string])[] = [
    ['a 500', { status: 500, body: { message: 'hunter2' } }, 'server_error'],
    ['a 503', { status: 503 }, 'server_error'],
    ['a 403', { status: 403 }, 'server_error'],
    ['a 404', { status: 404 }, 'server_error'],
    ['a 429', { status: 429 }, 'server_error'],
    ['a 201', { status: 201, body: olga }, 'server_error'],
    ['a 204', { status: 204 }, 'server_error'],
    ['a redirect', { status: 302, headers: { location: 'https://evil.org/' } }, 'server_error'],
    ['a page', { status: 200, body: '<html>hunter2' }, 'bad_answer'],
    ['a list', { status: 200, body: [olga] }, 'bad_answer'],
    ['a text', { status: 200, body: '"olga"' }, 'bad_answer'],
    ['half an object', { status: 200, body: '{"userId":"6b00"' }, 'bad_answer'],
    ['more than 1 MB', { status: 200, body: { ...olga, more: 'a'.repeat(1_048_576) } }, 'too_large'],
  ];
  for (const [name, answer, reason] of outages)
    it(`is neither good nor bad where SciCat answers ${name}: ${reason}`, async (t) => {
      const { ask, asked } = backend(t, answer);
      const thrown = await outage(ask());
      assert.equal(thrown.reason, reason);
      assert.doesNotMatch(thrown.message, /hunter2/);
      assert.equal(asked.length, 1, 'and nothing is followed');
    });

  it('is neither where SciCat cannot be reached', async (t) => {
    const agent = new MockAgent();
    t.after(() => agent.close());
    agent
      .get('https://scicat.lab.org')
      .intercept({ path: /.*/ })
      .replyWithError(Object.assign(new Error('connect'), { code: 'ECONNREFUSED' }));
    const verify = createScicatVerifier(provider, { dispatcher: agent, clock: timesOf({ nowMs }) });
    assert.equal((await outage(verify(token))).reason, 'unreachable');
  });

  it('is neither where SciCat takes longer than it may', async (t) => {
    const agent = new MockAgent();
    t.after(() => agent.close());
    agent
      .get('https://scicat.lab.org')
      .intercept({ path: /.*/ })
      .reply(200, JSON.stringify(olga))
      .delay(60_000);
    const verify = createScicatVerifier(
      { ...provider, timeoutMs: 30 },
      { dispatcher: agent, clock: timesOf({ nowMs }) },
    );
    assert.equal((await outage(verify(token))).reason, 'timeout');
  });

  it('gives no groups to somebody whose groups are hidden in a prototype', async (t) => {
    const body = '{"userId":"6b00","profile":{"username":"olga","__proto__":{"accessGroups":["it"]}}}';
    const authentication = await backend(t, { status: 200, body }).ask();
    assert.deepEqual(authentication.kind === 'verified' && authentication.identity.groups, []);
  });
});
