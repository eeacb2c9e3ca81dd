import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { withReserved } from '../../gateway/reserved-listener.ts';
import type { ForwardedRequest } from '../../gateway/types.ts';
import { listen } from '../../platform/server.ts';
import { Unavailable } from '../../platform/unavailable.ts';
import { createTestGate } from './gate.ts';

async function served(t: TestContext, failure?: Error) {
  const { gate } = await createTestGate();
  const asked: ForwardedRequest[] = [];
  const reserved = async (request: ForwardedRequest) => {
    asked.push(request);
    if (failure !== undefined) throw failure;
    return { status: 302, headers: ['Location', 'https://app.org/x'], body: '' };
  };
  const pages = withReserved(
    (_request, response) => void response.end('page'),
    { ...gate, reserved },
    { scheme: 'https', isTrustedProxy: () => false },
  );
  const listener = await listen({ host: '127.0.0.1', port: 0 }, pages);
  t.after(() => listener.close(0));
  const get = (path: string) =>
    fetch(`http://127.0.0.1:${listener.address.port}${path}`, { redirect: 'manual' });
  return { asked, get };
}

describe('the public listener', () => {
  it('answers what is reserved on every host, by the host that the browser asked', async (t) => {
    const { asked, get } = await served(t);
    const response = await get('/.beamgate/return?code=x');
    assert.equal(response.headers.get('location'), 'https://app.org/x');
    assert.deepEqual(
      asked.map(({ scheme, host, target, method }) => [scheme, host.name, target, method]),
      [['https', '127.0.0.1', '/.beamgate/return?code=x', 'GET']],
    );
  });

  it('leaves everything else to the gateway’s own pages', async (t) => {
    const { asked, get } = await served(t);
    for (const path of ['/', '/sso/login', '/.beamgate', '/x/.beamgate/return'])
      assert.equal(await (await get(path)).text(), 'page', path);
    assert.deepEqual(asked, []);
  });

  it('answers 503 while the database is away, and 500 for a bug', async (t) => {
    const down = new Unavailable({ dependency: 'database', reason: 'unreachable', message: 'away' });
    assert.equal((await (await served(t, down)).get('/.beamgate/return')).status, 503);
    assert.equal((await (await served(t, new TypeError('oops'))).get('/.beamgate/return')).status, 500);
  });
});
