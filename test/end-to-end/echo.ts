// An app behind the proxy that records what it received, and echoes WebSocket messages.
import { createServer } from 'node:http';
import { WebSocketServer } from 'ws';

export type Received = {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly rawHeaders: readonly string[];
};

export type Echo = { readonly port: number; readonly received: Received[]; stop(): Promise<void> };

/** Answers 200 with what it received, in JSON. A WebSocket's first message is its own upgrade request's headers. */
export async function startEcho(): Promise<Echo> {
  const received: Received[] = [];
  const server = createServer((request, response) => {
    request.resume();
    const { method = '', url = '', headers, rawHeaders } = request;
    received.push({ method, url, headers, rawHeaders });
    response.writeHead(200, { 'Content-Type': 'application/json' });
    response.end(JSON.stringify({ method, url, headers }));
  });
  const sockets = new WebSocketServer({ server });
  sockets.on('connection', (socket, request) => {
    socket.send(JSON.stringify(request.headers));
    socket.on('message', (data) => socket.send(data.toString()));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (typeof address !== 'object' || address === null) throw new Error('the echo app does not listen');
  return {
    port: address.port,
    received,
    stop: async () => {
      for (const socket of sockets.clients) socket.terminate();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
