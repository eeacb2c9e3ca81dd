// Real servers on loopback for requests that go out: one that speaks TLS in front of another, and a forward proxy.
import { createServer, request as httpRequest } from 'node:http';
import { connect } from 'node:net';
import type { TestContext } from 'node:test';
import { createServer as createTlsServer, type TLSSocket } from 'node:tls';
import { portOf } from '../gateway/standalone/sockets.ts';
import type { Authority } from './authority.ts';

/** What comes over TLS goes on in the clear. @returns `https://127.0.0.1:<port>` */
export async function startTlsFront(
  t: Pick<TestContext, 'after'>,
  port: number,
  { server: { key, cert } }: Authority,
): Promise<string> {
  const open = new Set<TLSSocket>();
  const front = createTlsServer({ key, cert }, (socket) => {
    open.add(socket);
    socket.on('close', () => open.delete(socket));
    const behind = connect(port, '127.0.0.1');
    socket.pipe(behind).pipe(socket);
    for (const [one, other] of [
      [socket, behind],
      [behind, socket],
    ] as const) {
      one.on('error', () => other.destroy());
      one.on('close', () => other.destroy());
    }
  });
  // A client that does not believe the certificate hangs up in the middle of the handshake.
  front.on('tlsClientError', () => {});
  await new Promise<void>((resolve) => front.listen(0, '127.0.0.1', resolve));
  t.after(() => {
    front.close();
    for (const socket of open) socket.destroy();
  });
  return `https://127.0.0.1:${portOf(front)}`;
}

export type ForwardProxy = {
  readonly port: number;
  /** `CONNECT lab.org:443`, `GET http://lab.org/x`, in their order. */
  readonly asked: readonly string[];
  /** What it was sent as `Proxy-Authorization`. */
  readonly credentials: readonly (string | undefined)[];
};

/** @param lead where a name really is: the proxy resolves it, its client need not be able to. */
export async function startForwardProxy(
  t: Pick<TestContext, 'after'>,
  lead: (host: string) => number,
): Promise<ForwardProxy> {
  const asked: string[] = [];
  const credentials: (string | undefined)[] = [];
  const proxy = createServer((request, response) => {
    asked.push(`${request.method} ${request.url}`);
    credentials.push(request.headers['proxy-authorization']);
    const { host, pathname, search } = new URL(request.url ?? '');
    const passed = {
      port: lead(host),
      host: '127.0.0.1',
      path: `${pathname}${search}`,
      headers: request.headers,
    };
    request.pipe(
      httpRequest(passed, (answer) => {
        response.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(response);
      }),
    );
  });
  proxy.on('connect', (request, socket) => {
    asked.push(`CONNECT ${request.url}`);
    credentials.push(request.headers['proxy-authorization']);
    const behind = connect(lead(request.url ?? ''), '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
      socket.pipe(behind).pipe(socket);
    });
    for (const one of [socket, behind])
      one.on('error', () => [socket, behind].forEach((each) => void each.destroy()));
    socket.on('close', () => behind.destroy());
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  t.after(() => {
    proxy.close();
    proxy.closeAllConnections();
  });
  return { port: portOf(proxy), asked, credentials };
}
