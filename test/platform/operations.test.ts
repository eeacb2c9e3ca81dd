import assert from 'node:assert/strict';
import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import { describe, it } from 'node:test';
import { z } from 'zod';
import { Dependencies } from '../../platform/dependencies.ts';
import { Counter, createRegistry } from '../../platform/metrics.ts';
import { createOperations } from '../../platform/operations.ts';
import { createRefusalBook, inWords } from '../../platform/refusal-book.ts';

function operations(options: { required?: readonly string[]; isDraining?: boolean } = {}) {
  const refusals = createRefusalBook({ now: () => 0 });
  const dependencies = new Dependencies(['scicat'], () => 0);
  const registry = createRegistry('gateway');
  const app = createOperations({
    version: '1.2.3',
    registry,
    dependencies,
    required: options.required ?? [],
    refusals,
    isDraining: () => options.isDraining ?? false,
  });
  return { app, dependencies, registry, refusals };
}

const told = z.object({
  status: z.string().optional(),
  version: z.string().optional(),
  message: z.string().optional(),
  dependencies: z.array(z.unknown()).optional(),
});

async function ready(app: ReturnType<typeof operations>['app']): Promise<readonly unknown[]> {
  const response = await app.request('/health/ready');
  const { status, version } = told.parse(await response.json());
  return [response.status, status, version];
}

describe('health', () => {
  it('is live as long as it answers', async () => {
    const response = await operations().app.request('/health/live');
    assert.deepEqual([response.status, await response.json()], [200, { status: 'ok', version: '1.2.3' }]);
  });

  it('is ready, and says which dependency is down and since when', async () => {
    const { app, dependencies } = operations();
    assert.deepEqual(await ready(app), [200, 'ok', '1.2.3']);
    dependencies.failed('scicat', 'timeout');
    assert.deepEqual(await ready(app), [200, 'degraded', '1.2.3']);
    const { dependencies: reported } = told.parse(await (await app.request('/health/ready')).json());
    assert.deepEqual(reported, [
      { name: 'scicat', state: 'down', since: '1970-01-01T00:00:00.000Z', reason: 'timeout' },
    ]);
  });

  it('is not ready while what it cannot do without is down', async () => {
    const { app, dependencies } = operations({ required: ['scicat'] });
    assert.deepEqual(await ready(app), [200, 'ok', '1.2.3']);
    dependencies.failed('scicat', 'timeout');
    assert.deepEqual(await ready(app), [503, 'unavailable', '1.2.3']);
  });

  it('is not ready while it ends', async () => {
    assert.deepEqual(await ready(operations({ isDraining: true }).app), [503, 'draining', '1.2.3']);
  });
});

it('metrics are in Prometheus’ format, with the service in every line', async () => {
  const { app, registry } = operations();
  new Counter({ name: 'beamgate_x_total', help: 'x', registers: [registry] }).inc();
  const response = await app.request('/metrics');
  assert.match(response.headers.get('content-type') ?? '', /^text\/plain/);
  assert.match(await response.text(), /^beamgate_x_total\{service="gateway"\} 1$/m);
});

it('anything else is 404 in JSON', async () => {
  const response = await operations().app.request('/');
  assert.equal(response.status, 404);
  assert.match(told.parse(await response.json()).message ?? '', /no such path/);
});

describe('a refusal’s code', () => {
  /** As node-server gives the app a request that came from there. */
  const from = (remoteAddress: string | undefined) => {
    const incoming = new IncomingMessage(new Socket());
    Object.defineProperty(incoming.socket, 'remoteAddress', { value: remoteAddress });
    return { incoming, outgoing: new ServerResponse(incoming) };
  };

  it('is explained to whoever asks from this machine, and to nobody else', async () => {
    const { app, refusals } = operations();
    const code = refusals.enter('not_permitted', inWords(['ann', 'staff']));
    for (const address of ['127.0.0.1', '::1', '::ffff:127.0.0.1']) {
      const told = await app.request(`/refusals/${code}`, {}, from(address));
      assert.deepEqual(await told.json(), {
        lines: [`${code}, refused at 1970-01-01T00:00:00.000Z`, 'ann', 'staff'],
      });
    }
    for (const address of ['10.0.0.1', '::ffff:10.0.0.1', 'fe80::1', '', undefined]) {
      const told = await app.request(`/refusals/${code}`, {}, from(address));
      assert.equal(told.status, 403, String(address));
      assert.doesNotMatch(await told.text(), /ann/);
    }
    assert.equal((await app.request('/refusals/CCCC-CCCC', {}, from('127.0.0.1'))).status, 404);
  });
});
