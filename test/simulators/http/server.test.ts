import assert from 'node:assert/strict';
import { request } from 'node:http';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { jsonAnswer } from './exchange.ts';
import type { Fault, FaultRule } from './faults.ts';
import { type SimulatorServer, startServer } from './server.ts';

describe('faults on demand', () => {
  let server: SimulatorServer;
  let worked: number;
  beforeEach(async () => {
    worked = 0;
    server = await startServer({
      port: 0,
      maxBodyBytes: 100,
      bodyTooLarge: () => jsonAnswer(413, { message: 'too large' }),
      answer: async ({ body }) => {
        worked += 1;
        return jsonAnswer(200, { echo: body, padding: 'x'.repeat(50) });
      },
    });
  });
  afterEach(() => server.stop());

  const strike = (fault: Fault, rule: Partial<FaultRule> = {}) =>
    server.faults.add({ path: /./, fault, ...rule });
  const ask = (path = '/', init: RequestInit = {}) => fetch(server.url + path, init);

  test('a status with headers and a body, and no work', async () => {
    strike({ kind: 'status', status: 503, headers: { 'retry-after': '7' }, body: { code: 'Busy' } });
    const answer = await ask();
    assert.deepEqual([answer.status, answer.headers.get('retry-after')], [503, '7']);
    assert.deepEqual(await answer.json(), { code: 'Busy' });
    assert.equal(worked, 0);
  });

  test('a delay, after which all is as ever', async () => {
    strike({ kind: 'delay', delayMs: 20 });
    const startedAtMs = performance.now();
    assert.equal((await ask()).status, 200);
    assert.ok(performance.now() - startedAtMs >= 19);
  });

  test('an answer that is lost after the work', async () => {
    strike({ kind: 'answer_lost' });
    await assert.rejects(ask());
    assert.equal(worked, 1);
  });

  test('a reset before the work', async () => {
    strike({ kind: 'reset' });
    assert.equal(await errorCode(server.url), 'ECONNRESET');
    assert.equal(worked, 0);
  });

  test('a body that is cut short', async () => {
    strike({ kind: 'cut_short' });
    const answer = await ask();
    assert.equal(answer.status, 200);
    await assert.rejects(answer.text());
  });

  test('a 200 that is not JSON', async () => {
    strike({ kind: 'not_json' });
    const answer = await ask();
    assert.equal(answer.headers.get('content-type'), 'text/html');
    await assert.rejects(answer.json());
    assert.equal(worked, 1);
  });

  test('a connection that hangs, until the client gives up', async () => {
    strike({ kind: 'hang' });
    await assert.rejects(ask('/', { signal: AbortSignal.timeout(30) }), { name: 'TimeoutError' });
    assert.equal(worked, 0);
  });

  test('a connection that hangs does not keep the simulator from stopping', async () => {
    strike({ kind: 'hang' });
    const asking = assert.rejects(ask());
    while (server.requests.length === 0) await new Promise((resolve) => setImmediate(resolve));
    await server.stop();
    await asking;
  });

  for (const [at, workedBefore] of [
    ['before_work', 0],
    ['after_work', 1],
  ] as const) {
    test(`a request held ${at}`, async () => {
      const reached = Promise.withResolvers<void>();
      const released = Promise.withResolvers<void>();
      const until = () => {
        reached.resolve();
        return released.promise;
      };
      strike({ kind: 'hold', at, until });
      const asking = ask();
      await reached.promise;
      assert.equal(worked, workedBefore);
      released.resolve();
      assert.equal((await asking).status, 200);
    });
  }

  test('a request held instead of its work is never answered', async () => {
    const reached = Promise.withResolvers<void>();
    strike({ kind: 'hold', at: 'instead_of_work', until: async () => reached.resolve() });
    const asking = assert.rejects(ask());
    await reached.promise;
    // Whatever would come of it comes before what is asked after it.
    server.faults.clear();
    assert.equal((await ask()).status, 200);
    assert.equal(worked, 1);
    await server.stop();
    await asking;
  });

  test('headers beside those of the answer', async () => {
    strike({ kind: 'headers', headers: { 'x-more': 'yes' } });
    const answer = await ask();
    assert.deepEqual([answer.status, answer.headers.get('x-more')], [200, 'yes']);
    assert.equal(answer.headers.get('content-type'), 'application/json; charset=utf-8');
  });

  test('strike the nth request that fits, by its body as well', async () => {
    strike({ kind: 'status', status: 500 }, { body: /"code":"003"/, nth: 2, times: 1 });
    const statuses = [];
    for (const code of ['003', '002', '003', '003']) {
      statuses.push((await ask('/', { method: 'POST', body: JSON.stringify({ code }) })).status);
    }
    assert.deepEqual(statuses, [200, 200, 500, 200]);
  });

  test('strike the requests that fit, as often as was said', async () => {
    const fault: Fault = { kind: 'status', status: 500 };
    strike(fault, { method: 'POST', path: /^\/transfer\?a=1/, times: 2 });
    const statuses = [];
    for (const path of ['/transfer?a=1', '/transfer', '/transfer?a=1', '/transfer?a=1']) {
      statuses.push((await ask(path, { method: 'POST' })).status);
    }
    assert.deepEqual(statuses, [500, 200, 500, 200]);
    const takeAway = strike(fault);
    assert.equal((await ask()).status, 500);
    takeAway();
    assert.equal((await ask()).status, 200);
  });

  test('the journal tells what was asked and answered, and no secret', async () => {
    strike({ kind: 'reset' }, { path: /lost/ });
    await ask('/a?b=c', { method: 'POST', body: 'secret', headers: { authorization: 'secret' } });
    await assert.rejects(ask('/lost'));
    assert.deepEqual(server.requests, [
      { method: 'POST', path: '/a', search: '?b=c', status: 200, fault: undefined },
      { method: 'GET', path: '/lost', search: '', status: undefined, fault: 'reset' },
    ]);
  });

  test('a body over the limit is refused', async () => {
    assert.equal((await ask('/', { method: 'POST', body: 'x'.repeat(101) })).status, 413);
  });
});

function errorCode(url: string): Promise<unknown> {
  return new Promise((resolve) => {
    const asking = request(url, () => resolve('answered'));
    asking.on('error', (error) => resolve('code' in error ? error.code : error)).end();
  });
}
