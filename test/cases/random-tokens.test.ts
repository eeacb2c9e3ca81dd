// Tokens of random headers and claims, signed as they are and forged, through the real verifiers: whatever somebody may
// write into one, the answer is a decision that can be sent, and nobody gets in whom the issuer did not sign for.
import assert from 'node:assert/strict';
import { createHmac, generateKeyPairSync, sign } from 'node:crypto';
import { validateHeaderName, validateHeaderValue } from 'node:http';
import { describe, it, type TestContext } from 'node:test';
import fc from 'fast-check';
import { MockAgent } from 'undici';
import { answer } from '../../gateway/answer.ts';
import { VerdictCache } from '../../gateway/credentials/cache.ts';
import { createOidcVerifier } from '../../gateway/credentials/oidc.ts';
import { Questions } from '../../gateway/credentials/questions.ts';
import { createScicatCheck, createScicatVerifier } from '../../gateway/credentials/scicat.ts';
import { createVerify, type Verifier } from '../../gateway/credentials/verify.ts';
import { identityHeaderNames } from '../../gateway/proxies/identity-headers.ts';
import { isRefusalReason } from '../../gateway/reasons.ts';
import type { Answer } from '../../gateway/types.ts';
import { createTestGate } from '../gateway/gate.ts';
import { traefikHeaders, valuesIn } from '../gateway/samples.ts';

const issuer = 'https://sso.lab.org/realms/lab';
const scicatSecret = 'hunter2';
const site = `publicUrl: https://lab.org/sso
providers:
  lab: { kind: oidc, issuer: '${issuer}', jwksUrl: https://sso.lab.org/keys, acceptTokensFor: [ingestor] }
  scicat: { kind: scicat, url: 'https://scicat.lab.org', jwtSecret: 'test-only:${scicatSecret}' }
apps:
  data: { url: https://lab.org/data, allow: signed-in, attributes: [department, a.b] }
`;
const lab = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const forger = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const nowSeconds = Math.floor(Date.now() / 1000);

type Json = Readonly<Record<string, unknown>>;
type Signer = 'lab' | 'forger' | 'scicat' | 'other secret';

const goodHeader: Json = { alg: 'ES256', kid: 'k1', typ: 'JWT' };
const goodClaims: Json = {
  iss: issuer,
  aud: ['ingestor', 'account'],
  sub: 'f1b7',
  exp: nowSeconds + 3600,
  iat: nowSeconds,
  typ: 'Bearer',
  preferred_username: 'alice',
  groups: ['it'],
};
const goodUser: Json = {
  userId: '6b00',
  username: 'alice',
  profile: { username: 'alice', accessGroups: ['it'] },
};

/** Any JSON, and what somebody could mean by it. */
const value = fc.oneof(
  fc.jsonValue({ maxDepth: 3 }),
  fc.string({ unit: 'binary' }),
  fc.array(fc.string({ unit: 'grapheme' }), { maxLength: 5 }),
  fc.constantFrom<unknown>(
    -1,
    0,
    0.5,
    1e21,
    Number.MAX_VALUE,
    nowSeconds - 1,
    nowSeconds + 5,
    '',
    ' ',
    [],
    {},
    [['x']],
  ),
  fc.constantFrom<unknown>(
    'ingestor',
    ['ingestor'],
    issuer,
    'Bearer',
    'ES256',
    'none',
    'HS256',
    'k1',
    ['b64'],
    ['exp'],
  ),
);
const odd = ['__proto__', 'constructor', 'toString', 'hasOwnProperty', ''];
const anyOf = (...names: readonly string[]) =>
  fc
    .array(fc.tuple(fc.oneof(fc.constantFrom(...names, ...odd), fc.string()), value), { maxLength: 3 })
    .map((pairs): Json => Object.fromEntries(pairs));
const header = anyOf('alg', 'kid', 'typ', 'cty', 'crit', 'jku', 'x5u', 'x5c', 'jwk', 'b64', 'zip', 'enc');
const claims = anyOf(
  ...[
    'iss',
    'aud',
    'sub',
    'exp',
    'nbf',
    'iat',
    'typ',
    'azp',
    'jti',
    'preferred_username',
    'groups',
    'realm_access',
  ],
  ...['email', 'name', 'events', 'at_hash', 'nonce', 'acr', 'auth_time', 'department', 'a', '_id'],
);
const profile = anyOf('userId', 'username', 'profile', '_id', 'email', 'groups', 'department', 'a', 'roles');

function tokenOf(signer: Signer, headerText: string, claimsText: string): string {
  const input = [headerText, claimsText].map((text) => Buffer.from(text).toString('base64url')).join('.');
  const bytes = Buffer.from(input);
  const { privateKey } = signer === 'lab' ? lab : forger;
  const signature =
    signer === 'lab' || signer === 'forger'
      ? sign('sha256', bytes, { key: privateKey, dsaEncoding: 'ieee-p1363' })
      : createHmac('sha256', signer === 'scicat' ? scicatSecret : 'x')
          .update(bytes)
          .digest();
  return `${input}.${signature.toString('base64url')}`;
}

/** The gateway of `site`, with its issuer's keys and a SciCat that says of everybody what the test says. */
async function start(t: TestContext) {
  const network = new MockAgent();
  network.disableNetConnect();
  t.after(() => network.close());
  const publicJwk = { ...lab.publicKey.export({ format: 'jwk' }), kid: 'k1', use: 'sig' };
  network
    .get('https://sso.lab.org')
    .intercept({ path: '/keys' })
    .reply(200, { keys: [publicJwk] })
    .persist();
  const said = { user: JSON.stringify(goodUser) };
  network
    .get('https://scicat.lab.org')
    .intercept({ path: /identity/ })
    .reply(() => ({ statusCode: 200, data: said.user }))
    .persist();
  const { gate, config } = await createTestGate({}, site);
  const parts = { dispatcher: network };
  const verifiers = config.providers.map((one): Verifier => {
    const { kind, name: provider } = one;
    if (kind === 'oidc') return { provider, kind, issuer, verify: createOidcVerifier(one, parts) };
    return {
      provider,
      kind,
      check: createScicatCheck(one),
      verify: createScicatVerifier(one, parts),
      questions: new Questions(provider, one.questions),
    };
  });
  const silent = { cacheAnswered: () => {}, providerAnswered: () => {}, providerFailed: () => {} };
  // Nothing is remembered: SciCat says another thing of the same token.
  const cache = new VerdictCache({ identityMs: 0, rejectionMs: 0, maxEntries: 10 });
  const verify = createVerify(verifiers, cache, silent, () => undefined);
  const ask = async (token: string, user: Json = goodUser): Promise<Answer> => {
    said.user = JSON.stringify(user);
    const headers = traefikHeaders({ 'X-Forwarded-Uri': '/data' }, ['Authorization', `Bearer ${token}`]);
    const asked = { method: 'GET', url: '/auth/traefik', headers, peerAddress: '127.0.0.1' };
    return answer(asked, { ...gate, verify }, config.trustedProxies);
  };
  return { ask };
}

/** That it can be sent, and is a decision. @returns `200`, or status and reason. */
function judged({ status, headers, body }: Answer): string {
  for (let at = 0; at < headers.length; at += 2) {
    validateHeaderName(headers[at] ?? '');
    validateHeaderValue(headers[at] ?? '', headers[at + 1] ?? '');
  }
  for (const name of identityHeaderNames)
    for (const text of valuesIn(headers, name.toLowerCase())) assert.match(text, /^[\x20-\x7e]*$/, name);
  if (status === 200) return '200';
  const { reason } = JSON.parse(body);
  assert.ok(isRefusalReason(reason), body);
  assert.ok([400, 401, 403, 503].includes(status), `${status} ${reason}`);
  return `${status} ${reason}`;
}

describe('a token of random header and claims', () => {
  const runs = { numRuns: 1000 };

  it('signed by its issuer is let in or refused, and never an error', async (t) => {
    const { ask } = await start(t);
    const seen = new Set<string>();
    const attempt = async (more: Json, said: Json) => {
      const [headerText, claimsText] = [
        { ...goodHeader, ...more },
        { ...goodClaims, ...said },
      ].map((one) => JSON.stringify(one));
      seen.add(judged(await ask(tokenOf('lab', headerText ?? '', claimsText ?? ''))));
    };
    await fc.assert(fc.asyncProperty(header, claims, attempt), {
      ...runs,
      examples: [
        [{}, {}],
        [{}, { exp: 1 }],
        [{ kid: 'k2' }, {}],
        [{}, { aud: 'x' }],
      ],
    });
    for (const one of ['200', '401 token_expired', '401 token_key_unknown', '401 token_audience'])
      assert.ok(seen.has(one), `${one} is missing in ${[...seen].join(', ')}: then this proves little`);
  });

  it('of SciCat, of whom it says whatever it likes, is let in, refused or an outage', async (t) => {
    const { ask } = await start(t);
    const seen = new Set<string>();
    const attempt = async (more: Json, said: Json, user: Json) => {
      const headerText = JSON.stringify({ alg: 'HS256', typ: 'JWT', ...more });
      const claimsText = JSON.stringify({ _id: '6b00', exp: nowSeconds + 3600, iat: nowSeconds, ...said });
      seen.add(judged(await ask(tokenOf('scicat', headerText, claimsText), { ...goodUser, ...user })));
    };
    await fc.assert(fc.asyncProperty(header, claims, profile, attempt), {
      ...runs,
      examples: [[{}, {}, {}]],
    });
    assert.ok(seen.has('200'), [...seen].join());
  });

  it('that somebody else has signed lets nobody in', async (t) => {
    const { ask } = await start(t);
    const signer = fc.constantFrom<Signer>('forger', 'other secret');
    const base = fc.constantFrom<Json>(goodHeader, { alg: 'HS256', typ: 'JWT' }, { alg: 'none' });
    const text = fc.oneof(
      claims.map((said) => JSON.stringify({ ...goodClaims, ...said })),
      claims.map((said) => JSON.stringify({ _id: '6b00', exp: nowSeconds + 3600, ...said })),
      fc.json(),
      fc.string({ unit: 'binary' }),
    );
    const attempt = async (who: Signer, known: Json, more: Json, claimsText: string) => {
      const given = judged(await ask(tokenOf(who, JSON.stringify({ ...known, ...more }), claimsText)));
      assert.match(given, /^401 /);
    };
    await fc.assert(fc.asyncProperty(signer, base, header, text, attempt), runs);
  });
});
