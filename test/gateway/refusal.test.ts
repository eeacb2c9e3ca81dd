// A refusal's code, from the answer that somebody gets to what the admin reads.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { answer } from '../../gateway/answer.ts';
import { keep } from '../../gateway/kept-request.ts';
import { explainLater, explainPassage } from '../../gateway/refusal.ts';
import type { RawHeaders } from '../../gateway/types.ts';
import { Unavailable } from '../../platform/unavailable.ts';
import { createTestGate } from './gate.ts';
import { sampleRequest, traefikHeaders } from './samples.ts';

const file = `publicUrl: https://lab.org/sso
trustedProxies: [127.0.0.1]
providers: { scicat: { kind: scicat, url: https://scicat.lab.org } }
apps:
  prefect:
    url: https://lab.org/prefect
    preflight: pass
    public: [/api/health]
    rules:
      - { methods: [GET], networks: [10.0.0.0/8], allow: nobody }
      - { methods: [GET, POST], allow: { groups: [it] } }
  deep:
    url: https://lab.org/deep
    rules: [{ paths: [/*], allow: nobody }, { allow: { groups: [it] } }]
`;
const known = {
  good: { groups: ['/it', 'p1'], claims: { hidden: 'hunter2-claim' } },
  rejected: { kind: 'rejected', reason: 'token_audience', detail: 'aud is "x"' },
  broken: new Unavailable(
    { dependency: 'scicat', reason: 'unreachable', message: 'scicat could not be reached' },
    {
      cause: Object.assign(new Error('connect refused'), { code: 'ECONNREFUSED' }),
    },
  ),
  buggy: new TypeError('x is undefined'),
} as const;

async function refuse(
  target: string,
  client: RawHeaders = [],
  { peerAddress = '127.0.0.1', method = 'GET' } = {},
) {
  const { gate, config, log } = await createTestGate(known, file);
  const headers = traefikHeaders(
    { 'X-Forwarded-Uri': target, 'X-Forwarded-Method': method, 'X-Request-Id': 'r-7' },
    client,
  );
  const { status, body } = await answer(
    { method: 'GET', url: '/auth/traefik', headers, peerAddress },
    gate,
    config.trustedProxies,
  );
  const { code } = JSON.parse(body);
  const [first = '', ...lines] = gate.refusals.find(code) ?? [];
  return { status, code, first, lines, log: log.map((line) => JSON.parse(line)), gate };
}

const as = (token: string) => ['Authorization', `Bearer ${token}`, 'Cookie', 'hunter2-cookie=1'];

describe('the code of a refusal', () => {
  it('tells who asked for what, the rules with their lines, and what almost fit', async () => {
    const { status, code, first, lines, log } = await refuse('/prefect/runs?token=hunter2-query', as('good'));
    assert.equal(status, 403);
    assert.match(first, new RegExp(`^${code}, refused at \\d{4}-`));
    assert.deepEqual(lines, [
      'GET https://lab.org/prefect/runs from 192.0.2.1',
      'request r-7',
      'alice of realm scicat; groups /it, p1; roles admin',
      'forbid (not_permitted), app prefect',
      '  g.yaml:8 prefect.public: its paths do not fit: /api/health',
      '  g.yaml:10 prefect.rules[0]: its networks do not fit: 10.0.0.0/8, and this comes from 192.0.2.1',
      '  g.yaml:11 prefect.rules[1]: decides',
      '  you are signed in, but may not use this service',
      '  the group is "/it", the rule has "it": a slash',
    ]);
    assert.deepEqual([log[0].code, log[0].line, log[0].rule], [code, 'g.yaml:11', 'prefect.rules[1]']);
    assert.doesNotMatch(JSON.stringify([lines, log]), /hunter2/);
  });

  const table: readonly (readonly [string, string, RawHeaders, string, readonly RegExp[]])[] = [
    [
      'nobody signed in',
      '/prefect/x',
      [],
      '401',
      [/^authenticate \(no_credential\), app prefect$/, /decides/],
    ],
    ['a rejected token', '/prefect/x', as('rejected'), '401', [/token_audience/, /aud is "x"/]],
    ['no app', '/nowhere', [], '403', [/^GET https:\/\/lab\.org\/nowhere /, /^forbid \(no_app\)$/]],
    ['a path that is none', '/prefect//x', [], '400', [/^malformed \(invalid_path\)$/, /empty segment/]],
    [
      'an outage',
      '/prefect/x',
      as('broken'),
      '503',
      [
        /^outage \(unavailable\): scicat$/,
        /^ {2}scicat could not be reached$/,
        /^ {2}connect refused \(ECONNREFUSED\)$/,
      ],
    ],
    ['a bug', '/prefect/x', as('buggy'), '500', [/^error \(internal_error\)$/, /^ {2}x is undefined$/]],
    [
      'a preflight that no rule is for',
      '/prefect/x',
      ['Origin', 'https://o', 'Access-Control-Request-Method', 'PUT'],
      '403',
      [/no_rule/, /its methods do not fit: GET, POST, and this preflight announces PUT/],
    ],
  ];
  for (const [what, target, client, status, expected] of table)
    it(`says of ${what} what became of it`, async () => {
      const method = what.startsWith('a preflight') ? 'OPTIONS' : 'GET';
      const refused = await refuse(target, client, { method });
      assert.equal(String(refused.status), status);
      for (const pattern of expected)
        assert.ok(
          refused.lines.some((line) => pattern.test(line)),
          `${pattern} in ${refused.lines.join(' | ')}`,
        );
      assert.equal(refused.log.at(-1).code, refused.code);
      assert.doesNotMatch(JSON.stringify([refused.lines, refused.log]), /hunter2/);
    });

  it('says the same of a path of which it keeps the beginning, and that it is longer', async () => {
    const long = 'x'.repeat(3000);
    const { lines } = await refuse(`/prefect/${long}`, as('good'));
    assert.equal(
      lines[0],
      `GET https://lab.org/prefect/${long.slice(0, 2048 - 9)}… (its path is longer) from 192.0.2.1`,
    );
    const { lines: short } = await refuse('/prefect/x', as('good'));
    assert.deepEqual(lines.slice(1), short.slice(1));
  });

  it('names the rules that the whole of a path falls under, also where its beginning falls under another', async () => {
    const { lines } = await refuse(`/deep/${'x'.repeat(3000)}/y`, as('good'));
    assert.deepEqual(lines.slice(4, 6), [
      '  g.yaml:14 deep.rules[0]: its paths do not fit: /*',
      '  g.yaml:14 deep.rules[1]: decides',
    ]);
  });

  it('keeps little of what a client wrote, whatever it is refused for', () => {
    const big = 'x'.repeat(30_000);
    const request = sampleRequest({
      target: `/a/${big}?${big}`,
      method: 'OPTIONS',
      headers: [
        ...Array.from({ length: 100 }, () => ['Origin', big]).flat(),
        ...Array.from({ length: 100 }, () => ['Access-Control-Request-Method', big]).flat(),
        ...['Cookie', big],
      ],
    });
    const { request: kept, isCut } = keep(request);
    assert.ok(isCut);
    assert.ok(JSON.stringify(kept).length < 2800, String(JSON.stringify(kept).length));
    const malformed = { outcome: 'malformed', reason: 'invalid_path', detail: big } as const;
    const later = explainLater(malformed, request, 'g.yaml');
    assert.ok(later.explain().join('').length < 5000);
    assert.ok(later.characters >= 2048 && later.characters < 5000);
  });

  it('says of a peer that is not trusted how to trust it', async () => {
    const { status, lines } = await refuse('/prefect/x', [], { peerAddress: '192.0.2.9' });
    assert.equal(status, 403);
    assert.match(lines.join('\n'), /if 192\.0\.2\.9 is your proxy, add it to trustedProxies/);
  });

  it('says of a question without a request what is missing in it', async () => {
    const { gate, config } = await createTestGate(known, file);
    const asked = {
      method: 'GET',
      url: '/auth/traefik',
      headers: ['X-Request-Id', 'r-8'],
      peerAddress: '127.0.0.1',
    };
    const { body } = await answer(asked, gate, config.trustedProxies);
    const [, ...lines] = gate.refusals.find(JSON.parse(body).code) ?? [];
    assert.deepEqual(lines, [
      'request r-8',
      'malformed (missing_forwarded_header)',
      '  the proxy did not send x-forwarded-uri',
    ]);
  });

  it('says of an app that did not answer why', () => {
    const request = sampleRequest({
      target: '/a?hunter2',
      host: { name: 'lab.org', port: 8443 },
      clientAddress: undefined,
    });
    assert.deepEqual(
      explainPassage('upstream_unreachable', { error: new Error('gone') }, request).explain(),
      [
        'GET https://lab.org:8443/a from an unknown address',
        'request r1',
        'it may pass, and did not arrive (upstream_unreachable)',
        '  gone',
      ],
    );
    assert.equal(
      explainPassage('upstream_timeout', { limit: 'standalone.answerMs' }, request).explain().at(-1),
      '  standalone.answerMs',
    );
  });

  it('is told to nobody who gets in', async () => {
    const { gate, config, log } = await createTestGate(known, file);
    const headers = traefikHeaders({ 'X-Forwarded-Uri': '/prefect/api/health' });
    const asked = { method: 'GET', url: '/auth/traefik', headers, peerAddress: '127.0.0.1' };
    assert.equal((await answer(asked, gate, config.trustedProxies)).body, '');
    assert.doesNotMatch(log.join(''), /"code"/);
  });
});
