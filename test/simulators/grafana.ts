// Stands in for Grafana, which was not to be had: it signs nobody in, and refuses what Grafana's auth proxy and auth.jwt
// refuse. Sources: Grafana's documentation of `auth.proxy`, `auth.jwt` and its health API.
import { createServer, type IncomingMessage } from 'node:http';
import { createRemoteJWKSet, errors, jwtVerify } from 'jose';

export type GrafanaSettings = {
  /** `[auth.proxy]`: `X-WEBAUTH-USER` is believed from these addresses; `undefined`: not enabled. */
  readonly proxyWhitelist?: readonly string[];
  /** `[auth.jwt]`: `jwk_set_url` and `expect_claims`; `undefined`: not enabled. */
  readonly jwt?: { readonly jwkSetUrl: string; readonly issuer: string; readonly audience: string };
  /** Tokens of its own service accounts, and whose they are. */
  readonly tokens?: Readonly<Record<string, string>>;
};

export type Grafana = { readonly port: number; readonly asked: string[]; stop(): Promise<void> };

type Verdict =
  | { readonly login: string; readonly via: 'jwt' | 'auth_proxy' | 'api_key'; readonly groups: string }
  | { readonly status: 401 | 407; readonly message: string };

export async function startGrafana(settings: GrafanaSettings): Promise<Grafana> {
  const asked: string[] = [];
  const keys = settings.jwt === undefined ? undefined : createRemoteJWKSet(new URL(settings.jwt.jwkSetUrl));
  const server = createServer(async (request, response) => {
    request.resume();
    // With serve_from_sub_path it answers below its path, and without.
    const url = (request.url ?? '/').replace(/^\/grafana(?=\/)/, '');
    asked.push(url);
    const answer = (status: number, body: object): void => {
      response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(body));
    };
    if (url === '/api/health' || url === '/healthz') return answer(200, { database: 'ok' });
    const verdict = await judge(request, settings, keys);
    if ('login' in verdict) return answer(200, verdict);
    answer(verdict.status, { message: verdict.message });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (typeof address !== 'object' || address === null) throw new Error('it does not listen');
  return {
    port: address.port,
    asked,
    stop: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** A token that is there and no good is refused, whatever else the request carries. */
async function judge(
  request: IncomingMessage,
  { jwt, proxyWhitelist, tokens = {} }: GrafanaSettings,
  keys: ReturnType<typeof createRemoteJWKSet> | undefined,
): Promise<Verdict> {
  const { headers } = request;
  const groups = textOf(headers['x-webauth-groups']);
  const assertion = textOf(headers['x-jwt-assertion']);
  if (jwt !== undefined && keys !== undefined && assertion !== '')
    return judgeJwt(assertion, jwt, keys, groups);
  const [, token] = /^Bearer (.+)$/.exec(headers.authorization ?? '') ?? [];
  if (token !== undefined) {
    const login = Object.hasOwn(tokens, token) ? tokens[token] : undefined;
    return login === undefined
      ? { status: 401, message: 'Invalid API key' }
      : { login, via: 'api_key', groups: '' };
  }
  const user = textOf(headers['x-webauth-user']);
  if (proxyWhitelist !== undefined && user !== '') {
    const peer = request.socket.remoteAddress ?? '';
    return proxyWhitelist.includes(peer)
      ? { login: user, via: 'auth_proxy', groups }
      : { status: 407, message: 'Proxy authentication required' };
  }
  return { status: 401, message: 'Unauthorized' };
}

async function judgeJwt(
  assertion: string,
  { issuer, audience }: NonNullable<GrafanaSettings['jwt']>,
  keys: ReturnType<typeof createRemoteJWKSet>,
  groups: string,
): Promise<Verdict> {
  try {
    const { payload } = await jwtVerify(assertion, keys, {
      issuer,
      audience,
      requiredClaims: ['sub', 'exp'],
    });
    const { username } = payload;
    if (typeof username !== 'string') return { status: 401, message: 'Missing username claim in JWT' };
    return { login: username, via: 'jwt', groups };
  } catch (error) {
    if (!(error instanceof errors.JOSEError)) throw error;
    return { status: 401, message: 'Invalid JWT' };
  }
}

function textOf(header: string | string[] | undefined): string {
  return typeof header === 'string' ? header : (header?.join(', ') ?? '');
}
