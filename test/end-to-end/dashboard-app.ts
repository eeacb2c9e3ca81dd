// A dashboard that signs nobody in itself: a page that says whom its proxy names, an API, a WebSocket and a sign-out
// button of its own. For the demo and the tests in a browser.
import { createServer } from 'node:http';
import { WebSocketServer } from 'ws';
import { escapeHtml } from '../simulators/oidc/escape-html.ts';

export type DashboardApp = {
  readonly port: number;
  /** What it was asked: method and path. */
  readonly requests: readonly string[];
  stop(): Promise<void>;
};

export async function startDashboardApp(title: string): Promise<DashboardApp> {
  const requests: string[] = [];
  const server = createServer((request, response) => {
    request.resume();
    const { method = '', url = '/', headers } = request;
    requests.push(`${method} ${url}`);
    const user = String(headers['x-auth-username'] ?? 'nobody');
    const groups = String(headers['x-auth-groups'] ?? '');
    if (url.split('?', 1)[0]?.endsWith('/api')) {
      response.writeHead(200, { 'Content-Type': 'application/json', 'Cache-Control': 'no-store' });
      response.end(JSON.stringify({ method, user, cookie: headers.cookie ?? '' }));
      return;
    }
    response.writeHead(200, { 'Content-Type': 'text/html; charset=utf-8', 'Cache-Control': 'no-store' });
    response.end(page(title, { user, groups, url }));
  });
  const sockets = new WebSocketServer({ server });
  sockets.on('connection', (socket) => socket.on('message', (data) => socket.send(data.toString())));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (typeof address !== 'object' || address === null) throw new Error('the dashboard does not listen');
  return {
    port: address.port,
    requests,
    stop: async () => {
      for (const socket of sockets.clients) socket.terminate();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function page(title: string, { user, groups, url }: { user: string; groups: string; url: string }): string {
  const [path = '/'] = url.split('?', 1);
  const signOut = `${path.replace(/\/[^/]*$/, '')}/sign-out`;
  return `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${escapeHtml(title)}</title>
<link rel="icon" href="data:,"><style>body{font:1.1rem/1.6 system-ui;max-width:44rem;margin:8vh auto;padding:0 1rem}code{background:#8882;padding:.1rem .4rem}</style>
<h1>${escapeHtml(title)}</h1>
<p>You are <strong id="user">${escapeHtml(user)}</strong>, in the groups <code>${escapeHtml(groups || 'none')}</code>.</p>
<p>This page: <code id="url">${escapeHtml(url)}</code></p><p><a href="${escapeHtml(signOut)}">Sign out</a></p></html>`;
}
