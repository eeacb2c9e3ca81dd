import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { machineClock } from '../../platform/clock.ts';
import { type OutageReason, Unavailable } from '../../platform/unavailable.ts';
import { sendWithRetries } from '../../transfer-service/retries.ts';
import { type MockAnswer, mockNetwork } from './mock-network.ts';

const policy = { attempts: 3, firstDelayMs: 1, maxDelayMs: 1100 };

function start(t: TestContext, ...answers: readonly [MockAnswer, ...MockAnswer[]]) {
  const network = mockNetwork(t, 'http://x.test');
  network.answer('GET', '/', ...answers);
  const send = (signal?: AbortSignal) =>
    sendWithRetries(
      {
        dependency: 'x',
        method: 'GET',
        url: 'http://x.test/',
        timeoutMs: 2000,
        maxBytes: 100,
        dispatcher: network.agent,
        ...(signal === undefined ? {} : { signal }),
      },
      { retry: policy, onCall: () => {}, clock: machineClock },
    );
  return { network, send };
}

function outage(reason: OutageReason) {
  return (error: unknown) => error instanceof Unavailable && error.reason === reason;
}

test('waits no shorter than Retry-After asks', async (t) => {
  const { send } = start(t, { status: 429, headers: { 'retry-after': '1' } }, { status: 200 });
  const startedMs = performance.now();
  assert.equal((await send()).status, 200);
  assert.ok(performance.now() - startedMs >= 990);
});

test('understands a date in Retry-After, and nothing else', async (t) => {
  const inTwoMinutes = new Date(Date.now() + 120_000).toUTCString();
  await assert.rejects(
    start(t, { status: 503, headers: { 'retry-after': inTwoMinutes } }).send(),
    (error) =>
      error instanceof Unavailable && error.retryAfterSeconds >= 118 && error.retryAfterSeconds <= 120,
  );
  const nonsense = start(t, { status: 503, headers: { 'retry-after': 'soon' } }, { status: 200 });
  assert.equal((await nonsense.send()).status, 200);
});

test('a refusal is an answer, and is not repeated', async (t) => {
  const { network, send } = start(t, { status: 404 });
  assert.equal((await send()).status, 404);
  assert.equal(network.asked.length, 1);
});

test('an answer that is too large would be too large again', async (t) => {
  const { network, send } = start(t, { status: 200, body: 'x'.repeat(200) });
  await assert.rejects(send(), outage('too_large'));
  assert.equal(network.asked.length, 1);
});

test('a caller that gives up while it waits is told its own reason', async (t) => {
  const { send } = start(t, { status: 503, headers: { 'retry-after': '1' } });
  const controller = new AbortController();
  const sent = send(controller.signal);
  setTimeout(() => controller.abort(new Error('no more')), 50);
  await assert.rejects(sent, /no more/);
});
