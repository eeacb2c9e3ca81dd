// What a rule says besides who may pass: from where, preflights, who it is on public paths, observing only.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type Decided, decide } from '../../gateway/decide.ts';
import type { ForwardedRequest } from '../../gateway/types.ts';
import { Unavailable } from '../../platform/unavailable.ts';
import { createTestGate, type TestGate } from './gate.ts';
import { sampleRequest, valuesIn } from './samples.ts';

const file = (app: string): string => `publicUrl: https://lab.org/sso
providers:
  scicat: { kind: scicat, url: https://scicat.lab.org }
apps:
  a:
    url: https://lab.org/a
${app
  .split('\n')
  .map((line) => `    ${line}`)
  .join('\n')}
`;

const outage = new Unavailable({ dependency: 'scicat', reason: 'timeout', message: 'no answer' });
const known = {
  good: {},
  large: { groups: Array.from({ length: 1000 }, (_, at) => `group-${at}`) },
  down: outage,
};
const gateOf = (app: string): Promise<TestGate> => createTestGate(known, file(app));
const bearer = (token: string) => ['Authorization', `Bearer ${token}`];

async function ask(tested: TestGate, overrides: Partial<ForwardedRequest>): Promise<Decided> {
  return decide(sampleRequest({ target: '/a/x', ...overrides }), tested.gate);
}

/** `pass reason username`, or `status reason`. */
async function told(tested: TestGate, overrides: Partial<ForwardedRequest> = {}): Promise<string> {
  const decided = await ask(tested, overrides);
  if (decided.kind === 'refuse')
    return `${decided.answer.status} ${/"reason":"(\w+)"/.exec(decided.answer.body)?.[1]}`;
  return `pass ${decided.decision.reason} ${decided.decision.identity?.username ?? 'nobody'}`;
}

describe('networks', () => {
  const app = `rules:
  - { networks: [10.1.0.0/16, "2001:db8::/32"], allow: public }
  - { allow: { groups: [it] } }`;
  const table: readonly (readonly [string | undefined, string])[] = [
    ['10.1.2.3', 'pass public nobody'],
    ['::ffff:10.1.2.3', 'pass public nobody'],
    ['2001:db8::7', 'pass public nobody'],
    ['10.2.0.1', '401 no_credential'],
    ['2001:db9::7', '401 no_credential'],
    [undefined, '400 client_address_unknown'],
  ];
  for (const [clientAddress, expected] of table)
    it(`of a request from ${clientAddress ?? 'nobody knows where'}: ${expected}`, async () => {
      assert.equal(await told(await gateOf(app), { clientAddress }), expected);
    });

  it('mean nothing to an app whose rules name none', async () => {
    assert.equal(
      await told(await gateOf('allow: public'), { clientAddress: undefined }),
      'pass public nobody',
    );
  });

  it('are never left out because the address is not known, not even behind a rule that fits', async () => {
    const late = await gateOf(
      `rules:\n  - { paths: [/x], allow: public }\n  - { networks: [10.0.0.0/8], allow: nobody }`,
    );
    assert.equal(await told(late, { clientAddress: undefined }), '400 client_address_unknown');
  });
});

describe('a CORS preflight', () => {
  const rules = `rules:
  - { paths: [/closed], allow: nobody }
  - { methods: [GET, PUT], allow: signed-in }`;
  const preflight = (method: string) => ({
    method: 'OPTIONS',
    headers: ['Origin', 'https://notebook.lab.org', 'Access-Control-Request-Method', method],
  });

  it('is a request like any other where the app does not say that it passes', async () => {
    assert.equal(await told(await gateOf(rules), preflight('PUT')), '403 no_rule');
  });

  const passing = `preflight: pass\n${rules}`;
  it('passes as nobody where the request that it announces has a rule', async () => {
    const tested = await gateOf(passing);
    const decided = await ask(tested, { ...preflight('PUT') });
    assert.ok(decided.kind === 'pass' && decided.decision.reason === 'preflight');
    assert.deepEqual(valuesIn(decided.passport.identityHeaders, 'X-Auth-Username'), ['']);
    assert.deepEqual(tested.asked, []);
  });

  it('does not pass for a method without a rule, nor where nobody may', async () => {
    const tested = await gateOf(passing);
    assert.equal(await told(tested, preflight('DELETE')), '403 no_rule');
    assert.equal(await told(tested, { ...preflight('GET'), target: '/a/closed' }), '403 nobody_allowed');
  });

  it('is none without both headers, with one twice, or with another method', async () => {
    const tested = await gateOf(passing);
    const { headers } = preflight('GET');
    for (const wrong of [[], headers.slice(0, 2), headers.slice(2), [...headers, ...headers.slice(0, 2)]])
      assert.equal(await told(tested, { method: 'OPTIONS', headers: wrong }), '403 no_rule');
    assert.equal(await told(tested, { method: 'OPTIONS', headers: [...headers, ...headers] }), '403 no_rule');
    assert.equal(await told(tested, { method: 'GET', headers }), '401 no_credential');
  });
});

describe('a public rule that identifies', () => {
  const app = 'rules: [{ allow: public, identify: true }]';
  const table: readonly (readonly [string, readonly string[], string])[] = [
    ['a good credential', bearer('good'), 'pass public alice'],
    ['none', [], 'pass public nobody'],
    ['a bad one', bearer('bad'), 'pass public nobody'],
    ['two', [...bearer('good'), ...bearer('good')], 'pass public nobody'],
    ['one whose provider is down', bearer('down'), 'pass public nobody'],
  ];
  for (const [name, headers, expected] of table)
    it(`with ${name}: ${expected}`, async () => {
      assert.equal(await told(await gateOf(app), { headers }), expected);
    });

  it('tells the app who it is, and takes that credential away, but no other', async () => {
    const tested = await gateOf(app);
    const named = await ask(tested, { headers: bearer('good') });
    assert.ok(named.kind === 'pass');
    assert.deepEqual(valuesIn(named.passport.identityHeaders, 'X-Auth-Username'), ['alice']);
    assert.deepEqual(named.passport.credentialHeaders, []);
    const own = await ask(tested, { headers: bearer('the-apps-own') });
    assert.ok(own.kind === 'pass');
    assert.deepEqual(valuesIn(own.passport.identityHeaders, 'X-Auth-Username'), ['']);
    assert.deepEqual(own.passport.credentialHeaders, bearer('the-apps-own'));
  });

  it('passes as nobody who has too many groups to be told', async () => {
    const decided = await ask(await gateOf(app), { headers: bearer('large') });
    assert.ok(decided.kind === 'pass');
    assert.deepEqual(valuesIn(decided.passport.identityHeaders, 'X-Auth-Groups'), ['']);
    assert.deepEqual(valuesIn(decided.passport.identityHeaders, 'X-Auth-Username'), ['']);
  });
});

describe('a rule that observes', () => {
  const app = `rules:
  - { observe: true, allow: { groups: [nobody-yet] } }
  - { allow: signed-in }`;
  const observations = (tested: TestGate) =>
    tested.log.filter((line) => line.includes('"msg":"observation"'));

  it('decides nothing, and is logged and counted with what it would have decided', async (context) => {
    const tested = await gateOf(app);
    assert.equal(await told(tested, { headers: bearer('good') }), 'pass signed_in alice');
    await context.waitFor(() => assert.equal(observations(tested).length, 1));
    assert.match(
      observations(tested)[0] ?? '',
      /"rule":"a\.rules\[0\]".*"outcome":"forbid","reason":"not_permitted"/,
    );
    assert.match(
      await tested.registry.metrics(),
      /beamgate_observations_total\{app="a",rule="a\.rules\[0\]",outcome="forbid",reason="not_permitted"/,
    );
  });

  it('neither opens what is closed nor closes what is open, also while its provider is down', async (context) => {
    const opening = await gateOf('rules: [{ observe: true, allow: public }, { allow: signed-in }]');
    assert.equal(await told(opening), '401 no_credential');
    const closing = await gateOf('rules: [{ observe: true, allow: signed-in }, { allow: public }]');
    assert.equal(await told(closing, { headers: bearer('down') }), 'pass public nobody');
    await context.waitFor(() => assert.match(observations(closing).join(''), /"outcome":"outage"/));
  });

  it('asks no provider a second time, though nothing is kept of what it said', async (context) => {
    const several = `rules:
  - { observe: true, allow: { groups: [nobody-yet] } }
  - { observe: true, allow: signed-in }
  - { allow: signed-in }`;
    for (const token of ['good', 'down']) {
      const tested = await gateOf(several);
      await told(tested, { headers: bearer(token) });
      if (token === 'good') await context.waitFor(() => assert.equal(observations(tested).length, 2));
      assert.deepEqual(tested.asked, [token]);
    }
  });

  it('is not looked at where an earlier rule decides', async () => {
    const tested = await gateOf(
      'rules: [{ paths: [/x], allow: public }, { observe: true, allow: nobody }, { allow: signed-in }]',
    );
    assert.equal(await told(tested), 'pass public nobody');
    assert.deepEqual(observations(tested), []);
  });
});
