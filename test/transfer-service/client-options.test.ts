import assert from 'node:assert/strict';
import { test } from 'node:test';
import { machineClock } from '../../platform/clock.ts';
import { Secret } from '../../platform/config/secrets.ts';
import { noWebProxies } from '../../platform/web-proxies.ts';
import { clientOptions } from '../../transfer-service/client-options.ts';
import { loadTransferConfig } from '../../transfer-service/config.ts';

const gib = 1024 ** 3;

test('only the file list, which is never held, may be of many GB', () => {
  const facility = '{ name: A, collection: 3c3f1d0e-6f0a-4c55-9d7e-aaaaaaaaaaaa }';
  const text = `scicatUrl: https://scicat.test\nport: 8080\nfacilities: [${facility}]\n`;
  const config = loadTransferConfig({ file: 'x.yaml', text }, { readFile: () => '' });
  assert.ok(config.ok, JSON.stringify(config));
  const secret = new Secret('a test', 'x');
  const { scicat } = clientOptions(config.value, {
    credentials: {
      ...{ globusClientId: 'x', globusClientSecret: secret },
      ...{ scicatUsername: 'x', scicatPassword: secret },
    },
    webProxies: noWebProxies,
    onCall: () => {},
    clock: machineClock,
  });
  assert.ok(scicat.maxFileListBytes > 8 * gib);
  assert.ok(scicat.maxJobListBytes < gib && scicat.maxBytes < gib);
});
