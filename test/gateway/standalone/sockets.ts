// Real sockets on both sides of standalone mode: an app that records what it received, and a client that sends bytes.
import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import type { TestContext } from 'node:test';
import { openStandalone } from '../../../gateway/standalone/open.ts';
import { createTestGate, type TestGate } from '../gate.ts';

export type Received = {
  readonly method: string;
  readonly target: string;
  readonly rawHeaders: readonly string[];
  readonly body: string;
};

export type Upstream = { readonly url: string; readonly received: Received[]; readonly server: Server };

/** @param answer what the app does with a request once it is recorded. */
export async function startUpstream(
  t: TestContext,
  answer: RequestListener = (_request, response) => void response.end('hello'),
): Promise<Upstream> {
  const received: Received[] = [];
  const server = createServer((request, response) => {
    void record(request).then((one) => {
      received.push(one);
      answer(request, response);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => {
    server.close();
    server.closeAllConnections();
  });
  return { url: `http://127.0.0.1:${portOf(server)}`, received, server };
}

async function record(request: IncomingMessage): Promise<Received> {
  const { method = '', url: target = '', rawHeaders } = request;
  return { method, target, rawHeaders, body: await text(request) };
}

export type RunningStandalone = TestGate & {
  readonly port: number;
  /** Sends bytes, and gives back all that comes until the other side has ended. */
  send(...lines: readonly string[]): Promise<string>;
};

export type StandaloneTest = {
  /** Keys of `standalone:` in the file. */
  readonly limits?: object;
  /** By token: who it is, or what comes of asking. */
  readonly known?: Parameters<typeof createTestGate>[0];
  readonly isTrustedProxy?: (address: string) => boolean;
  readonly ownPages?: RequestListener;
};

const ownPage: RequestListener = (_request, response) => void response.end('own page');

/**
 * A gateway on `lab.localhost` with `/open` public, `/inside` from 10.0.0.0/8 alone, `/echo` and `/live` for those signed
 * in, and `/gone` closed.
 */
export async function startStandalone(
  t: TestContext,
  upstreamUrl: string,
  {
    limits = {},
    known = { good: {} },
    isTrustedProxy = () => false,
    ownPages = ownPage,
  }: StandaloneTest = {},
): Promise<RunningStandalone> {
  const tested = await createTestGate(
    known,
    `publicUrl: http://lab.localhost/sso
standalone: ${JSON.stringify({ answerMs: 5000, ...limits })}
providers:
  scicat: { kind: scicat, url: https://scicat.lab.org }
  two: { kind: scicat, url: https://two.lab.org, header: X-Two }
apps:
  open: { url: http://lab.localhost/open, providers: [scicat], allow: public, upstream: '${upstreamUrl}' }
  echo: { url: http://lab.localhost/echo, providers: [scicat], allow: signed-in, upstream: '${upstreamUrl}' }
  live: { url: http://lab.localhost/live, providers: [scicat], allow: signed-in, upstream: '${upstreamUrl}', endStreams: with-credential }
  inside: { url: http://lab.localhost/inside, providers: [scicat], rules: [{ networks: [10.0.0.0/8], allow: public }], upstream: '${upstreamUrl}' }
  gone: { url: http://lab.localhost/gone, providers: [scicat], allow: nobody, upstream: '${upstreamUrl}' }
  elsewhere: { url: http://lab.localhost/elsewhere, providers: [scicat], allow: public }
`,
  );
  const listener = await openStandalone({
    address: { host: '127.0.0.1', port: 0 },
    reusePort: false,
    limits: tested.config.standalone,
    current: () => ({ gate: tested.gate, scheme: 'http', isTrustedProxy }),
    ownPages,
    recheckMs: 50,
  });
  t.after(() => listener.close(0));
  const { port } = listener.address;
  return { ...tested, port, send: (...lines) => sendRaw(port, lines.join('\r\n')) };
}

/** Sends bytes, and gives back all that comes until the other side has ended. */
export function sendRaw(port: number, bytes: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(bytes, 'latin1'));
    let answer = '';
    socket.setEncoding('latin1');
    socket.on('data', (chunk: string) => {
      answer += chunk;
    });
    socket.on('error', reject);
    socket.on('close', () => resolve(answer));
  });
}

export function portOf(server: Pick<Server, 'address'>): number {
  const address = server.address();
  if (typeof address !== 'object' || address === null) throw new Error('the server does not listen');
  return address.port;
}

/** `400 invalid_path`, from the bytes of an answer. */
export function statusAndReason(answer: string): string {
  const status = /^HTTP\/1\.1 (\d{3})/.exec(answer)?.[1] ?? 'none';
  const reason = /"reason":"(\w+)"/.exec(answer)?.[1];
  const message = /"message":"[^"]+"/.test(answer);
  return reason === undefined ? status : `${status} ${reason}${message ? '' : ' without a message'}`;
}
