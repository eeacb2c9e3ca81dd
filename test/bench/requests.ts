// What Traefik asks, byte by byte, and the tokens in it.
import { createHmac } from 'node:crypto';

export const jwtSecret = 'the bench: nobody else has this secret';

/** A SciCat token of the user with that number. */
export function tokenOf(user: number, secret: string = jwtSecret): string {
  const issuedAt = Math.floor(Date.now() / 1000);
  const signed = [
    { alg: 'HS256', typ: 'JWT' },
    {
      _id: `id-${user}`,
      username: `user-${user}`,
      authStrategy: 'oidc',
      iat: issuedAt,
      exp: issuedAt + 3600,
    },
  ]
    .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
    .join('.');
  return `${signed}.${createHmac('sha256', secret).update(signed).digest('base64url')}`;
}

export type AskedOf = {
  readonly app: number;
  readonly path?: string;
  readonly token?: string;
  readonly cookie?: string;
  readonly client?: string;
};

/** Every second app has a host of its own, the others are paths of one host. */
export function addressOf(app: number): { readonly host: string; readonly prefix: string } {
  return app % 2 === 0
    ? { host: `app-${app}.lab.localhost`, prefix: '' }
    : { host: 'lab.localhost', prefix: `/app-${app}` };
}

/** The question of Traefik 3.6 about a client's request (pkg/middlewares/auth/forward.go). */
export function question({
  app,
  path = '/api/v1/datasets?limit=20',
  token,
  cookie,
  client = '10.1.2.3',
}: AskedOf): string {
  const { host, prefix } = addressOf(app);
  return wire('/auth/traefik', [
    ['Host', '127.0.0.1:8081'],
    ['User-Agent', userAgent],
    ['Accept', 'application/json'],
    ['Accept-Encoding', 'gzip'],
    ...(token === undefined ? [] : [['Authorization', `Bearer ${token}`] as const]),
    ...(cookie === undefined ? [] : [['Cookie', cookie] as const]),
    ['X-Forwarded-For', client],
    ['X-Forwarded-Host', host],
    ['X-Forwarded-Method', 'GET'],
    ['X-Forwarded-Port', '443'],
    ['X-Forwarded-Proto', 'https'],
    ['X-Forwarded-Server', 'proxy-1'],
    ['X-Forwarded-Uri', `${prefix}${path}`],
    ['X-Real-Ip', client],
  ]);
}

/** The request of a client of Traefik's. */
export function clientRequest(host: string, path: string, token: string): string {
  return wire(path, [
    ['Host', host],
    ['User-Agent', userAgent],
    ['Accept', 'application/json'],
    ['Authorization', `Bearer ${token}`],
  ]);
}

const userAgent = 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0';

function wire(target: string, headers: readonly (readonly [string, string])[]): string {
  return [`GET ${target} HTTP/1.1`, ...headers.map(([name, value]) => `${name}: ${value}`), '', ''].join(
    '\r\n',
  );
}

/** Of a request as it goes over the wire, for a client that is not wrk: names and values in turn. */
export function headersOf(request: string): readonly string[] {
  const lines = request.split('\r\n').slice(1, -2);
  return lines.flatMap((line) => [line.slice(0, line.indexOf(': ')), line.slice(line.indexOf(': ') + 2)]);
}
