import assert from 'node:assert/strict';
import { validateHeaderName, validateHeaderValue } from 'node:http';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { z } from 'zod';
import { answer } from '../../gateway/answer.ts';
import { assertionType } from '../../gateway/assertion.ts';
import { identityHeaderNames } from '../../gateway/proxies/identity-headers.ts';
import { proxyPaths } from '../../gateway/proxies/kinds.ts';
import { refusalReasons } from '../../gateway/reasons.ts';
import type { Answer, RawHeaders } from '../../gateway/types.ts';
import type { NowOrLater } from '../../platform/now-or-later.ts';
import { Unavailable } from '../../platform/unavailable.ts';
import { createTestGate, type TestGate } from './gate.ts';
import { traefikHeaders, valuesIn } from './samples.ts';

type Wanted = { readonly url?: string; readonly client?: RawHeaders; readonly peer?: string };

/** @param target of a request to lab.org, or every header of Traefik's that is another. */
function ask(
  tested: TestGate,
  target: string | Readonly<Record<string, string | undefined>>,
  { url = '/auth/traefik', client = [], peer = '10.0.0.1' }: Wanted = {},
): NowOrLater<Answer> {
  const own = typeof target === 'string' ? { 'X-Forwarded-Uri': target } : target;
  const headers = traefikHeaders(own, client);
  return answer(
    { method: 'GET', url, headers, peerAddress: peer },
    tested.gate,
    tested.config.trustedProxies,
  );
}

const refusal = z.object({ message: z.string().min(1), reason: z.string(), requestId: z.string().min(1) });

function told(given: Answer): string {
  if (given.status === 200 || given.status === 302) return String(given.status);
  return `${given.status} ${refusal.parse(JSON.parse(given.body)).reason}`;
}

const good: RawHeaders = ['Authorization', 'Bearer good'];
const outage = new Unavailable(
  { dependency: 'scicat', reason: 'timeout', message: 'scicat did not answer in time' },
  { cause: Object.assign(new Error('inner'), { headers: { authorization: 'Bearer hunter2' } }) },
);

describe('a proxy’s question', () => {
  const table: readonly (readonly [string, string, RawHeaders, string])[] = [
    ['a public path', '/echo/open/a', [], '200'],
    ['a public path with a bad token', '/echo/open/a', ['Authorization', 'Bearer bad'], '200'],
    ['a public path with two tokens', '/echo/open/a', [...good, ...good], '200'],
    ['a path below, with a token', '/echo/a', good, '200'],
    ['the same by the provider’s header', '/echo/a', ['SciCat-API-Key', 'good'], '200'],
    ['no token', '/echo/a', [], '401 no_credential'],
    ['a bad token', '/echo/a', ['Authorization', 'Bearer bad'], '401 token_refused'],
    ['an unreadable one', '/echo/a', ['Authorization', 'Bearer'], '401 credential_malformed'],
    ['a password', '/echo/a', ['Authorization', 'Basic YTpi'], '401 no_credential'],
    ['two tokens', '/echo/a', [...good, ...good], '400 repeated_credential'],
    ['a browser', '/echo/a', ['Sec-Fetch-Mode', 'navigate'], '302'],
    ['somebody who may not', '/staff', good, '403 not_permitted'],
    ['an app that is closed', '/closed', good, '403 nobody_allowed'],
    ['no app', '/other', good, '403 no_app'],
    ['no rule', '/sso/other', good, '403 no_rule'],
    ['a page of the gateway’s', '/sso/whoami', [], '200'],
    ['a path that is none', '/echo//a', good, '400 invalid_path'],
    ['a path of two readings', '/echo/open;/a', good, '400 ambiguous_path'],
    ['a method in a header', '/methods', ['X-HTTP-Method-Override', 'DELETE'], '400 method_override'],
    [
      'an identity from outside',
      '/echo/a',
      [...good, 'X_Auth_Username', 'root'],
      '400 identity_header_from_outside',
    ],
  ];
  for (const [name, target, client, expected] of table)
    it(`about ${name} is ${expected}`, async () => {
      assert.equal(told(await ask(await createTestGate(), target, { client })), expected);
    });

  it('names an app by its address', async () => {
    const tested = await createTestGate();
    const url = '/auth/traefik?app=echo';
    assert.equal(told(await ask(tested, '/echo/a', { url, client: good })), '200');
    assert.equal(told(await ask(tested, '/staff', { url, client: good })), '403 app_host_mismatch');
    assert.equal(
      told(await ask(tested, { 'X-Forwarded-Host': 'evil.org' }, { url })),
      '403 app_host_mismatch',
    );
    assert.equal(told(await ask(tested, '/echo/a', { url: '/auth/traefik?app=none' })), '403 no_app');
  });

  const labelled = `publicUrl: https://lab.org/sso
trustedProxies: [127.0.0.1, 10.0.0.0/8]
providers: { scicat: { kind: scicat, url: https://scicat.lab.org } }
apps:
  labelled: { url: 'https://*.apps.lab.org', labels: true, allow: { groups: [it, p1] } }
  plain: { url: https://plain.lab.org, allow: signed-in }
`;
  const labels: readonly (readonly [string, string, string])[] = [
    ['x.apps.lab.org', '?app=labelled&groups=it', '200'],
    ['x.apps.lab.org', '?app=labelled&groups=nope,p1', '200'],
    ['x.apps.lab.org', '?groups=p1&app=labelled', '200'],
    ['x.apps.lab.org', '?app=labelled', '200'],
    ['x.apps.lab.org', '?app=labelled&groups=nope', '403 not_in_label_groups'],
    ['x.apps.lab.org', '?app=labelled&groups=staff', '403 not_in_label_groups'],
    ['plain.lab.org', '?app=plain', '200'],
    ['plain.lab.org', '?app=plain&groups=it', '403 labels_not_allowed'],
    ['plain.lab.org', '?app=labelled&groups=it', '403 app_host_mismatch'],
    ['x.apps.lab.org', '?app=none&groups=it', '403 no_app'],
    ['x.apps.lab.org', '?groups=it', '400 invalid_parameters'],
    ['x.apps.lab.org', '?app=labelled&groups=', '400 invalid_parameters'],
    ['x.apps.lab.org', '?app=labelled&groups=it,', '400 invalid_parameters'],
    ['x.apps.lab.org', '?app=labelled&group=it', '400 invalid_parameters'],
    ['x.apps.lab.org', '?app=labelled&groups=it&groups=p1', '400 invalid_parameters'],
    ['x.apps.lab.org', '?app=labelled&app=plain', '400 invalid_parameters'],
    ['x.apps.lab.org', '?app=', '400 invalid_parameters'],
  ];
  for (const [host, query, expected] of labels)
    it(`at ${query} for ${host} is ${expected}: a label narrows`, async () => {
      const tested = await createTestGate({ good: { groups: ['it', 'p1'] } }, labelled);
      const own = { 'X-Forwarded-Host': host, 'X-Forwarded-Uri': '/a?app=plain&groups=p1' };
      const url = `/auth/traefik${query}`;
      // What a client writes names nothing.
      const client = [...good, 'X-Groups', 'p1', 'Groups', 'it', 'X-Original-Uri', '/?groups=p1'];
      assert.equal(told(await ask(tested, own, { url, client })), expected);
    });

  it('for a label’s groups is explained by the log, and asks nobody who is not signed in', async () => {
    const tested = await createTestGate({ good: { groups: ['p1'] } }, labelled);
    const own = { 'X-Forwarded-Host': 'x.apps.lab.org' };
    const url = '/auth/traefik?app=labelled&groups=it,ops';
    assert.equal(told(await ask(tested, own, { url, client: good })), '403 not_in_label_groups');
    assert.match(
      tested.log.join(''),
      /"detail":"the address that the proxy asks at is for the groups it, ops"/,
    );
    assert.equal(told(await ask(tested, own, { url })), '401 no_credential');
  });

  it('with an identity that is too large is refused', async () => {
    const groups = Array.from({ length: 1000 }, (_, at) => `group-${at}`);
    const tested = await createTestGate({ good: { groups } });
    assert.equal(told(await ask(tested, '/echo/a', { client: good })), '403 identity_too_large');
    assert.equal(told(await ask(tested, '/echo/open/a', { client: good })), '200');
  });

  const malformed: readonly (readonly [Readonly<Record<string, string | undefined>>, string])[] = [
    [{ 'X-Forwarded-Uri': undefined }, '400 missing_forwarded_header'],
    [{ 'x-forwarded-uri': '/echo/open/a' }, '400 repeated_forwarded_header'],
    [{ 'X-Forwarded-Host': 'a b' }, '400 invalid_host'],
    [{ 'X-Forwarded-Method': 'get' }, '400 invalid_method'],
    [{ 'X-Forwarded-Proto': 'gopher' }, '400 invalid_scheme'],
  ];
  for (const [own, expected] of malformed)
    it(`with ${JSON.stringify(own)} is ${expected}, and counted`, async () => {
      const tested = await createTestGate();
      assert.equal(told(await ask(tested, own)), expected);
      const reason = expected.slice(4);
      assert.match(await tested.registry.metrics(), new RegExp(`outcome="malformed",reason="${reason}"`));
      assert.match(tested.log.join(''), new RegExp(`"reason":"${reason}"`));
    });

  it('anywhere else is 404', async () => {
    const tested = await createTestGate();
    const urls = [
      '//',
      '/oauth2',
      '/oauth2/auth/',
      '/outpost.goauthentik.io/auth',
      '/auth',
      '/auth/traefik/',
      '/auth/envoy',
      '/auth/envoyx/echo/open/a',
      '/AUTH/traefik',
      '/auth/traefik/../traefik',
      '/__proto__',
      '/constructor',
      '',
      '?app=x',
      'http://a/auth/traefik',
    ];
    for (const url of urls)
      assert.equal(told(await ask(tested, '/echo/open/a', { url })), '404 not_found', url);
    assert.deepEqual(proxyPaths, [
      '/auth/traefik',
      '/auth/nginx',
      '/auth/caddy',
      '/authenticate',
      '/outpost.goauthentik.io/auth/traefik',
      '/outpost.goauthentik.io/auth/nginx',
      '/outpost.goauthentik.io/auth/caddy',
      '/oauth2/auth',
      '/',
      '/auth/envoy/**',
    ]);
    for (const url of proxyPaths.filter((path) => !/nginx|envoy|authenticate/.test(path)))
      assert.equal(told(await ask(tested, '/echo/open/a', { url })), '200', url);
  });

  it('of anyone but a trusted proxy is 403, and the log says how to trust it', async () => {
    const tested = await createTestGate();
    for (const peer of ['192.0.2.9', '', '::1', '11.0.0.1']) {
      const refused = await ask(tested, '/echo/open/a', { client: good, peer });
      assert.equal(told(refused), '403 peer_not_trusted');
      assert.doesNotMatch(refused.body, /trustedProxies|192\.0\.2/);
    }
    assert.match(tested.log[0] ?? '', /if 192\.0\.2\.9 is your proxy, add it to trustedProxies/);
    assert.deepEqual(tested.asked, []);
    assert.equal(told(await ask(tested, '/echo/open/a', { peer: '::ffff:10.0.0.1' })), '200');
  });
});

describe('an outage', () => {
  it('is a page for a person, with the way back to where they were', async () => {
    const tested = await createTestGate({ good: outage });
    const client = [...good, 'Sec-Fetch-Mode', 'navigate', 'Accept-Language', 'de'];
    const given = await ask(tested, '/echo/a?b=1', { client });
    assert.equal(given.status, 503);
    assert.deepEqual(valuesIn(given.headers, 'retry-after'), ['5']);
    assert.match(given.body, /Zurzeit nicht verfügbar/);
    assert.match(given.body, /href="https:\/\/lab\.org\/echo\/a\?b=1"/);
    assert.doesNotMatch(given.body, /scicat|http-equiv/);
  });

  it('is 503 with Retry-After: neither let in nor refused', async () => {
    const tested = await createTestGate({ good: outage });
    const given = await ask(tested, '/echo/a', { client: good });
    assert.equal(told(given), '503 unavailable');
    assert.deepEqual(valuesIn(given.headers, 'retry-after'), ['5']);
    assert.doesNotMatch(given.body, /scicat|time/, 'the public text says less than the log');
    const line = JSON.parse(tested.log[0] ?? '');
    assert.deepEqual(
      [line.level, line.outcome, line.reason, line.dependency],
      ['warn', 'outage', 'unavailable', 'scicat'],
    );
    assert.equal(line.error.message, 'scicat did not answer in time');
    assert.match(await tested.registry.metrics(), /outcome="outage",reason="unavailable"/);
  });

  it('for want of room is busy', async () => {
    const full = new Unavailable({
      dependency: 'scicat',
      reason: 'busy',
      message: 'full',
      retryAfterSeconds: 2,
    });
    const given = await ask(await createTestGate({ good: full }), '/echo/a', { client: good });
    assert.equal(told(given), '503 busy');
    assert.deepEqual(valuesIn(given.headers, 'retry-after'), ['2']);
  });

  it('touches no public path, no closed one and nobody without a token', async () => {
    const tested = await createTestGate({ good: outage });
    assert.equal(told(await ask(tested, '/echo/open/a', { client: good })), '200');
    assert.equal(told(await ask(tested, '/closed', { client: good })), '403 nobody_allowed');
    assert.equal(told(await ask(tested, '/echo/a')), '401 no_credential');
    assert.deepEqual(tested.asked, []);
  });
});

describe('a bug', () => {
  it('is 500, and what it was stands in the log alone', async () => {
    const tested = await createTestGate({ good: new TypeError('hunter2 is not a function') });
    const given = await ask(tested, '/echo/a', { client: good });
    assert.equal(told(given), '500 internal_error');
    assert.doesNotMatch(given.body, /hunter2|TypeError/);
    assert.match(tested.log[0] ?? '', /"level":"error".*"name":"TypeError"/);
    assert.match(await tested.registry.metrics(), /outcome="error",reason="internal_error"/);
  });
});

describe('what the app gets to know', () => {
  it('is who it is, in every header of its dialect', async () => {
    const given = await ask(await createTestGate(), '/echo/a', {
      client: [...good, 'X-Auth-Username', 'root'],
    });
    assert.deepEqual(valuesIn(given.headers, 'x-auth-username'), ['alice']);
    assert.deepEqual(valuesIn(given.headers, 'authorization'), []);
    assert.equal(valuesIn(given.headers, 'x-auth-assertion').length, 1);
  });

  it('is nobody on a public path, whatever token is there', async () => {
    const given = await ask(await createTestGate(), '/echo/open/a', { client: good });
    assert.deepEqual(valuesIn(given.headers, 'x-auth-username'), ['']);
    assert.deepEqual(valuesIn(given.headers, 'x-auth-assertion'), ['']);
    assert.deepEqual(valuesIn(given.headers, 'authorization'), ['Bearer good'], 'its own tokens pass');
  });

  it('is its credential where it keeps it', async () => {
    const given = await ask(await createTestGate(), '/keeps', { client: good });
    assert.deepEqual(valuesIn(given.headers, 'authorization'), ['Bearer good']);
  });

  it('is an assertion in Authorization for ecFlow, and the client’s own on its public path', async () => {
    const tested = await createTestGate();
    const [mine] = valuesIn((await ask(tested, '/ecflow/a', { client: good })).headers, 'authorization');
    const header = JSON.parse(Buffer.from(mine?.split(/[ .]/)[1] ?? '', 'base64url').toString());
    assert.equal(header.typ, assertionType);
    const open = await ask(tested, '/ecflow/open', { client: good });
    assert.deepEqual(valuesIn(open.headers, 'authorization'), ['Bearer good']);
  });
});

describe('a log line', () => {
  const secrets: RawHeaders = [
    ...[
      'Authorization',
      'Bearer hunter2-token',
      'Cookie',
      'session=hunter2-cookie',
      'X-Custom',
      'hunter2-header',
    ],
    ...['Referer', 'https://lab.org/?hunter2-referer', 'User-Agent', 'hunter2-agent'],
  ];
  it('of a decision is JSON with the rule’s pattern and never a credential, a cookie or the query', async () => {
    const known = { 'hunter2-token': { claims: { secret: 'hunter2-claim' } } };
    for (const target of [
      '/echo/open/hunter2-path?x=hunter2-query',
      '/echo/a?hunter2-query',
      '/staff',
      '/other?hunter2',
      '/echo//hunter2',
      '/echo/%2Fhunter2',
    ]) {
      const tested = await createTestGate(known);
      await ask(tested, target, { client: secrets });
      assert.equal(tested.log.length, 1);
      assert.doesNotMatch(tested.log.join(''), /hunter2/);
    }
  });

  it('of a failure holds none of them either', async () => {
    for (const failure of [outage, new TypeError('x', { cause: { headers: 'hunter2' } })]) {
      const tested = await createTestGate({ 'hunter2-token': failure });
      await ask(tested, '/echo/a?hunter2-query', { client: secrets });
      assert.equal(tested.log.length, 1);
      assert.doesNotMatch(tested.log.join(''), /hunter2/);
    }
  });

  it('says app, rule, pattern, outcome, reason and who it was', async () => {
    const tested = await createTestGate();
    await ask(tested, '/echo/a', { client: [...good, 'X-Request-Id', 'from-proxy'] });
    await ask(tested, '/echo/open/a');
    const [first, second] = tested.log.map((line) => JSON.parse(line));
    const { time: _time, service: _service, ...line } = first;
    assert.deepEqual(line, {
      level: 'info',
      requestId: 'from-proxy',
      app: 'echo',
      rule: 'echo.allow',
      line: 'g.yaml:6',
      pattern: '/**',
      method: 'GET',
      outcome: 'allow',
      reason: 'signed_in',
      username: 'alice',
      client: '192.0.2.1',
      msg: 'decision',
    });
    assert.deepEqual([second.rule, second.pattern, second.username], ['echo.public', '/open/**', undefined]);
    assert.match(second.requestId, /^[\w-]{14,30}$/);
  });

  it('cannot be broken by a user’s name', async () => {
    const tested = await createTestGate({ good: { username: 'a\n{"level":"fatal"}\u2028' } });
    await ask(tested, '/echo/a', { client: good });
    assert.equal(tested.log.join('').trimEnd().split('\n').length, 1);
  });
});

describe('whatever is asked', () => {
  // What node:http lets through: no control bytes but the tab.
  const byte = fc.oneof(
    fc.constant(9),
    fc.integer({ min: 32, max: 126 }),
    fc.integer({ min: 128, max: 255 }),
  );
  const latin1 = fc.string({ unit: byte.map((code) => String.fromCharCode(code)) });
  const value = fc.oneof(
    latin1,
    fc.constantFrom(
      'Bearer good',
      'Bearer',
      'navigate',
      'text/html',
      'close, X-Auth-Username',
      '__Host-beamgate=x; a=b',
      'GET',
      'https',
      'lab.org',
      '/echo/a',
      '/echo/open/x',
    ),
  );
  const name = fc.oneof(
    latin1.filter((text) => text !== ''),
    fc.constantFrom(
      ...identityHeaderNames,
      'Authorization',
      'Cookie',
      'SciCat-API-Key',
      'Connection',
      'X-Request-Id',
      'Upgrade',
      '__proto__',
      'constructor',
      'Accept',
      'Sec-Fetch-Mode',
    ),
  );
  const client = fc.array(fc.tuple(name, value)).map((pairs) => pairs.flat());
  const path = fc.oneof(
    latin1,
    fc.webPath(),
    fc.constantFrom('/echo/a', '/echo/open/%2e', '/staff', '/ecflow', '/methods'),
  );
  const own = fc.record(
    {
      'X-Forwarded-Uri': path,
      'X-Forwarded-Host': fc.oneof(latin1, fc.constant('lab.org')),
      'X-Forwarded-For': value,
      'X-Forwarded-Method': value,
      'X-Forwarded-Proto': fc.oneof(value, fc.constantFrom('http', 'https', 'wss')),
      'X-Original-URL': fc.oneof(value, fc.constantFrom('https://lab.org/echo/a', 'https://lab.org/staff')),
      'X-Original-URI': path,
      'X-Original-Method': value,
    },
    { requiredKeys: [] },
  );

  const everyAddress = proxyPaths.map((path) => path.replace('/**', '/echo/a?b'));

  it('answers, with headers that can be sent and JSON that says why', async () => {
    const tested = await createTestGate();
    await fc.assert(
      fc.asyncProperty(
        own,
        client,
        fc.oneof(fc.constantFrom(...everyAddress), latin1),
        async (told5, headers, url) => {
          const given = await ask(tested, told5, { client: headers, url });
          assert.notEqual(given.status, 500, given.body);
          for (let at = 0; at < given.headers.length; at += 2) {
            validateHeaderName(given.headers[at] ?? '');
            validateHeaderValue(given.headers[at] ?? '', given.headers[at + 1] ?? '');
          }
          if (valuesIn(given.headers, 'content-type')[0]?.startsWith('application/json'))
            assert.ok(refusalReasons.includes(refusal.parse(JSON.parse(given.body)).reason));
          for (const location of valuesIn(given.headers, 'location'))
            assert.match(location, /^https:\/\/lab\.org\/sso\/login\?/);
        },
      ),
      { numRuns: 600 },
    );
  });

  it('never gives back an identity header that came from outside', async () => {
    const tested = await createTestGate();
    const smuggled = fc
      .array(fc.tuple(fc.constantFrom(...identityHeaderNames), fc.constant('mallory')), { minLength: 1 })
      .map((pairs) => pairs.flat());
    await fc.assert(
      fc.asyncProperty(
        smuggled,
        fc.constantFrom('/echo/a', '/echo/open/x', '/ecflow/a', '/ecflow/open'),
        async (headers, target) => {
          const given = await ask(tested, target, { client: [...headers, ...good] });
          assert.equal(given.status, 200);
          assert.ok(!given.headers.includes('mallory'));
        },
      ),
    );
  });

  it('asks no provider about a public path', async () => {
    const tested = await createTestGate({ good: outage });
    await fc.assert(
      fc.asyncProperty(client, async (headers) => {
        const { status } = await ask(tested, '/echo/open/x', { client: [...headers, ...good] });
        assert.ok(status === 200 || status === 400, `${status}`);
      }),
      { numRuns: 200 },
    );
    assert.deepEqual(tested.asked, []);
  });
});
