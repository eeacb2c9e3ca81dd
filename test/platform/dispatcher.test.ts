// Real TLS with a private CA, and a real forward proxy.
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { it, type TestContext } from 'node:test';
import type { CaFile } from '../../platform/config/ca-file.ts';
import { createDispatcher } from '../../platform/dispatcher.ts';
import { send } from '../../platform/outgoing.ts';
import { Unavailable } from '../../platform/unavailable.ts';
import { readWebProxies } from '../../platform/web-proxies.ts';
import { portOf } from '../gateway/standalone/sockets.ts';
import { describeWith, openssl } from '../real-parts/find.ts';
import { makeAuthority } from '../tls/authority.ts';
import { startForwardProxy, startTlsFront } from '../tls/servers.ts';

const names = ['IP:127.0.0.1', 'DNS:localhost', 'DNS:scicat.lab.example'];

async function startPlain(t: TestContext): Promise<number> {
  const server = createServer((request, response) => response.end(`${request.headers.host} ${request.url}`));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => {
    server.close();
    server.closeAllConnections();
  });
  return portOf(server);
}

describeWith([openssl], 'a way out', () => {
  const lab = makeAuthority(names);
  const caFile: CaFile = { path: lab.file, pem: lab.pem };

  async function ask(
    t: TestContext,
    url: string,
    { ca, environment = {} }: { ca?: CaFile; environment?: Readonly<Record<string, string>> } = {},
  ): Promise<string> {
    const webProxies = readWebProxies(environment);
    assert.ok(webProxies.ok);
    const dispatcher = createDispatcher({ caFile: ca, webProxies: webProxies.value });
    t.after(() => dispatcher.close());
    const asked = { dependency: 'scicat', method: 'GET', url, timeoutMs: 5000, maxBytes: 1000 } as const;
    const { status, body } = await send({ ...asked, dispatcher });
    assert.equal(status, 200);
    return body;
  }

  const unreachable = (code: string) => (error: unknown) =>
    error instanceof Unavailable &&
    error.reason === 'unreachable' &&
    error.cause instanceof Error &&
    'code' in error.cause &&
    error.cause.code === code;

  it('believes a certificate of the file’s CA, by name and by address', async (t) => {
    const url = await startTlsFront(t, await startPlain(t), lab);
    assert.match(await ask(t, `${url}/a`, { ca: caFile }), /^127\.0\.0\.1:\d+ \/a$/);
    assert.match(
      await ask(t, `${url.replace('127.0.0.1', 'localhost')}/a`, { ca: caFile }),
      /^localhost:\d+ \/a$/,
    );
  });

  it('believes no CA that it was not told of, and no name that the certificate lacks', async (t) => {
    const plain = await startPlain(t);
    const url = await startTlsFront(t, plain, lab);
    await assert.rejects(ask(t, url), unreachable('UNABLE_TO_VERIFY_LEAF_SIGNATURE'));
    const other = makeAuthority(['DNS:elsewhere.example']);
    const misnamed = await startTlsFront(t, plain, other);
    const both = { path: 'both', pem: `${lab.pem}${other.pem}` };
    await assert.rejects(ask(t, misnamed, { ca: both }), unreachable('ERR_TLS_CERT_ALTNAME_INVALID'));
    await ask(t, url, { ca: both });
  });

  it('goes through HTTPS_PROXY by CONNECT, and verifies the certificate of what is behind it', async (t) => {
    const url = await startTlsFront(t, await startPlain(t), lab);
    const front = Number(new URL(url).port);
    const proxy = await startForwardProxy(t, () => front);
    const environment = { HTTPS_PROXY: `http://me:p%40ss@127.0.0.1:${proxy.port}` };
    const wanted = 'https://scicat.lab.example/x';
    assert.equal(await ask(t, wanted, { ca: caFile, environment }), 'scicat.lab.example /x');
    assert.deepEqual(proxy.asked, ['CONNECT scicat.lab.example:443']);
    assert.deepEqual(proxy.credentials, [`Basic ${Buffer.from('me:p@ss').toString('base64')}`]);
    await assert.rejects(ask(t, wanted, { environment }), unreachable('UNABLE_TO_VERIFY_LEAF_SIGNATURE'));
    await assert.rejects(
      ask(t, 'https://other.lab.example/x', { ca: caFile, environment }),
      unreachable('ERR_TLS_CERT_ALTNAME_INVALID'),
    );
  });

  it('goes through HTTP_PROXY in the clear, and around it where NO_PROXY says so', async (t) => {
    const plain = await startPlain(t);
    const proxy = await startForwardProxy(t, () => plain);
    const environment = { HTTP_PROXY: `127.0.0.1:${proxy.port}` };
    assert.equal(
      await ask(t, 'http://scicat.lab.example/x?y=1', { environment }),
      'scicat.lab.example /x?y=1',
    );
    assert.deepEqual(proxy.asked, ['GET http://scicat.lab.example/x?y=1']);
    await assert.rejects(
      ask(t, 'http://scicat.lab.example/x', { environment: { ...environment, NO_PROXY: 'lab.example' } }),
      unreachable('ENOTFOUND'),
    );
    assert.equal(proxy.asked.length, 1);
  });

  it('goes to this machine without a proxy, and is unreachable where the proxy is', async (t) => {
    const plain = await startPlain(t);
    const environment = { HTTP_PROXY: 'http://127.0.0.1:9', HTTPS_PROXY: 'http://127.0.0.1:9' };
    assert.match(await ask(t, `http://127.0.0.1:${plain}/x`, { environment }), /\/x$/);
    await assert.rejects(ask(t, 'https://scicat.lab.example/', { environment }), unreachable('ECONNREFUSED'));
  });
});
