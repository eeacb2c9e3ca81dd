import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, get } from 'node:http';
import { describe, it, type TestContext } from 'node:test';
import { agentOf } from '../../../gateway/standalone/upstream-agent.ts';

/** @returns how many bytes of the header arrived, or the code of the error. */
async function fetchHeader(t: TestContext, bytes: number): Promise<number | string> {
  const server = createServer((_request, response) => {
    response.writeHead(200, { 'x-large': 'x'.repeat(bytes) }).end();
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.closeAllConnections() ?? server.close());
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : 0;
  const url = new URL(`http://127.0.0.1:${port}`);
  const agent = agentOf({ url, removesPrefix: false, caPem: undefined });
  return new Promise((resolve) => {
    get({ port, host: '127.0.0.1', agent }, (response) => {
      resolve(String(response.headers['x-large']).length);
      response.resume();
    }).on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? 'no code'));
  });
}

describe('the headers of an app’s response', () => {
  it('may have 64 KB, as those of a request', async (t) => {
    assert.equal(await fetchHeader(t, 15_000), 15_000);
    assert.equal(await fetchHeader(t, 60_000), 60_000);
  });

  it('of more than 64 KB are an error that says so', async (t) => {
    assert.equal(await fetchHeader(t, 70_000), 'HPE_HEADER_OVERFLOW');
  });
});
