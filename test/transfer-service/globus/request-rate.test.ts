import assert from 'node:assert/strict';
import { describe, it, type TestContext, test } from 'node:test';
import { machineClock } from '../../../platform/clock.ts';
import { Secret } from '../../../platform/config/secrets.ts';
import { createGlobus } from '../../../transfer-service/globus/client.ts';
import { RequestRate } from '../../../transfer-service/globus/request-rate.ts';
import { FakeClock } from '../engine/fake-clock.ts';
import { type MockAnswer, mockNetwork } from '../mock-network.ts';
import { usualOptions } from './submit-options.ts';

test('beyond a few, so many a second and no more', async () => {
  const rate = new RequestRate(50, machineClock);
  const since = performance.now();
  const times: number[] = [];
  await Promise.all(
    Array.from({ length: 15 }, async () => {
      await rate.turn(undefined);
      times.push(performance.now() - since);
    }),
  );
  // Ten after the first five, 20 ms apart.
  assert.ok((times.at(-1) ?? 0) >= 195, `${times}`);
});

test('who gives up does not wait for a turn', async () => {
  const rate = new RequestRate(0.001, machineClock);
  for (let turn = 0; turn < 5; turn += 1) await rate.turn(undefined);
  const leaving = new AbortController();
  const waiting = rate.turn(leaving.signal);
  leaving.abort(new Error('enough'));
  await assert.rejects(waiting, /enough/);
});

const origin = 'http://globus.test';
const perSecond = 10;
const burst = 5;

const consent = {
  code: 'ConsentRequired',
  message: 'x',
  required_scopes: ['https://auth.globus.org/scopes/A/data_access'],
};

const token = {
  access_token: 'one',
  expires_in: 172_800,
  resource_server: 'transfer.api.globus.org',
};

const outages: Readonly<Record<string, MockAnswer>> = {
  '503': { status: 503 },
  '429 with Retry-After': { status: 429, headers: { 'retry-after': '1' } },
  '401': { status: 401, body: { code: 'ClientError.AuthenticationFailed', message: '' } },
  '403 ConsentRequired': { status: 403, body: consent },
};

/** When each request was sent to the Transfer API, by a clock that moves on whenever nothing else does. */
async function sentAt(t: TestContext, answer: MockAnswer): Promise<readonly number[]> {
  const network = mockNetwork(t, origin);
  network.answer('POST', '/v2/oauth2/token', { status: 200, body: token });
  network.answer('GET', '/v0.10/submission_id', answer);
  network.answer('POST', '/v0.10/transfer', answer);
  const clock = new FakeClock();
  const times: number[] = [];
  const globus = createGlobus({
    ...{ clientId: 'id', clientSecret: new Secret('a test', 'secret') },
    ...{ authUrl: origin, transferUrl: origin, requestsPerSecond: perSecond },
    ...usualOptions,
    ...{ timeoutMs: 60_000, maxBytes: 10_000, clock, onCall: () => {} },
    retry: { attempts: 3, firstDelayMs: 20, maxDelayMs: 1_000 },
    dispatcher: network.agent.compose((dispatch) => (request, handler) => {
      if (request.path.startsWith('/v0.10/')) times.push(clock.elapsed());
      return dispatch(request, handler);
    }),
  });
  const submission = { submissionId: 's', sourceCollection: 'A', destinationCollection: 'B' };
  const submit = () => globus.submit({ ...submission, label: 'x', isRepeat: false, items: [] }, []);
  const asked = Array.from({ length: 75 }, (_, index) =>
    index % 2 === 0 ? globus.fetchSubmissionId([]) : submit(),
  );
  let areOver = false;
  const over = Promise.allSettled(asked).then(() => (areOver = true));
  while (!areOver) {
    for (let turn = 0; turn < 5; turn += 1) await new Promise((resolve) => setImmediate(resolve));
    clock.advance(5);
  }
  await over;
  return times;
}

describe('the rate is kept, whatever is repeated, while Globus answers', () => {
  for (const [name, answer] of Object.entries(outages)) {
    it(name, async (t) => {
      const times = await sentAt(t, answer);
      assert.ok(times.length > 100, `${times.length} requests of 75 calls`);
      for (const from of times) {
        const within = times.filter((at) => at >= from && at < from + 1_000).length;
        assert.ok(within <= perSecond + burst, `${within} requests in the second from ${from} ms`);
      }
    });
  }
});
