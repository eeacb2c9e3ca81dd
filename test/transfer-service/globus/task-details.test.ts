import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { machineClock } from '../../../platform/clock.ts';
import { Secret } from '../../../platform/config/secrets.ts';
import { Unavailable } from '../../../platform/unavailable.ts';
import { createGlobus } from '../../../transfer-service/globus/client.ts';
import { type MockAnswer, mockNetwork } from '../mock-network.ts';
import { usualOptions } from './submit-options.ts';

const origin = 'http://globus.test';
const collection = '11111111-1111-4111-8111-111111111111';

function start(t: TestContext, path: string, answer: MockAnswer) {
  const network = mockNetwork(t, origin);
  const body = { access_token: 'one', expires_in: 172_800, resource_server: 'transfer.api.globus.org' };
  network.answer('POST', '/v2/oauth2/token', { status: 200, body });
  network.answer('GET', path, answer);
  const globus = createGlobus({
    ...{ authUrl: origin, transferUrl: origin, requestsPerSecond: 1000, clock: machineClock },
    ...{ clientId: 'id', clientSecret: new Secret('a test', 'secret'), ...usualOptions },
    ...{ timeoutMs: 2000, maxBytes: 100_000, dispatcher: network.agent, onCall: () => {} },
    retry: { attempts: 1, firstDelayMs: 1, maxDelayMs: 20 },
  });
  return { globus, network };
}

const eventList = '/v0.10/task/t-1/event_list?filter=is_error%3A1&limit=20&offset=0';
const pauseInfo = '/v0.10/task/t-1/pause_info';

test('the newest errors of a task are asked for, and no more of them', async (t) => {
  const events = [
    { code: 'FILE_NOT_FOUND', description: 'gone', details: 'File: /a\nCommand: RETR /a' },
    { code: 'TIMEOUT', description: null, details: null },
  ];
  const { globus } = start(t, eventList, { status: 200, body: { DATA: events } });
  assert.deepEqual(
    (await globus.fetchErrors('t-1')).map(({ code, path, isWrite }) => [code, path, isWrite]),
    [
      ['FILE_NOT_FOUND', '/a', false],
      ['TIMEOUT', undefined, undefined],
    ],
  );
});

const notFound = { status: 404, body: { code: 'ClientError.NotFound', message: 'No task found' } };
const forbidden = { status: 403, body: { code: 'PermissionDenied', message: 'no' } };

test('a task without history has no errors and no pause', async (t) => {
  assert.deepEqual(await start(t, eventList, notFound).globus.fetchErrors('t-1'), []);
  assert.equal(await start(t, pauseInfo, notFound).globus.fetchPause('t-1'), undefined);
});

test('a refusal is an outage, not an empty answer', async (t) => {
  const isOutage = (error: unknown) => error instanceof Unavailable && error.reason === 'bad_answer';
  await assert.rejects(start(t, eventList, forbidden).globus.fetchErrors('t-1'), isOutage);
  await assert.rejects(start(t, pauseInfo, forbidden).globus.fetchPause('t-1'), isOutage);
});

const rule = { DATA_TYPE: 'pause_rule_limited', message: 'A rule', endpoint_id: collection.toUpperCase() };
const none = { source_pause_message: null, destination_pause_message: null, pause_rules: [] };

const pauses: readonly (readonly [object, object | undefined])[] = [
  [none, undefined],
  [{}, undefined],
  [
    { ...none, pause_rules: [rule] },
    { message: 'A rule', side: undefined, collection },
  ],
  [
    { ...none, pause_rules: [{ ...rule, message: '' }, rule] },
    { message: 'A rule', side: undefined, collection },
  ],
  [
    { ...none, source_pause_message: 'By hand', pause_rules: [rule] },
    { message: 'By hand', side: 'source', collection: undefined },
  ],
  [
    { ...none, destination_pause_message_share: 'Shared' },
    { message: 'Shared', side: 'destination', collection: undefined },
  ],
];

for (const [body, expected] of pauses) {
  test(`a pause says ${JSON.stringify(expected)} by ${JSON.stringify(body).slice(0, 80)}`, async (t) => {
    const { globus } = start(t, pauseInfo, { status: 200, body });
    assert.deepEqual(await globus.fetchPause('t-1'), expected);
  });
}
