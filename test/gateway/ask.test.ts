import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createProxyAnswering } from '../../gateway/ask.ts';
import { listenPlain } from '../../platform/plain-listener.ts';
import { createClient, field } from '../end-to-end/ask.ts';
import { createTestGate } from './gate.ts';

describe('the listener for proxies', () => {
  it('answers 500 in JSON to a bug, logs it, and goes on', async () => {
    const { gate, log } = await createTestGate();
    let isBroken = true;
    const trustedProxies = {
      texts: [],
      has: () => {
        if (isBroken) throw new TypeError('a bug');
        return true;
      },
    };
    const listener = await listenPlain(
      { host: '127.0.0.1', port: 0 },
      createProxyAnswering(() => ({ gate, trustedProxies })),
    );
    try {
      const ask = createClient({ scheme: 'http', port: listener.address.port });
      const told = await ask({ path: '/auth/traefik', host: 'gateway' });
      assert.equal(told.status, 500);
      assert.equal(field(told, 'reason'), 'internal_error');
      assert.doesNotMatch(told.body, /a bug/);
      assert.match(log.join(''), /"message":"a bug"/);
      isBroken = false;
      assert.equal((await ask({ path: '/auth/traefik', host: 'gateway' })).status, 400);
    } finally {
      await listener.close(100);
    }
  });
});
