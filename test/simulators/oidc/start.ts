// An OpenID Connect issuer over HTTP: discovery, its keys, and the tokens that it would give. It signs nobody in by itself:
// what its token endpoint and userinfo answer is the test's to say, however wrong it is.
import { type Answer, jsonAnswer, type Question } from '../http/exchange.ts';
import { type SimulatorServer, startServer } from '../http/server.ts';
import { createKeys, type Keys } from './keys.ts';

export type OidcOptions = {
  /** 0 takes a free one. */
  readonly port?: number;
  /** Where the issuer lives on its host; Keycloak's way. */
  readonly path?: string;
  /** Its clock, epoch milliseconds. */
  readonly now?: () => number;
};

export type OidcSimulator = SimulatorServer & {
  /** What `iss` says. */
  readonly issuer: string;
  readonly jwksUrl: string;
  readonly keys: Keys;
  /**
   * An access token as Keycloak writes it, for the audience `ingestor`, good for five minutes.
   * @param claims replace its own; a value `undefined` leaves one out.
   */
  accessToken(
    claims?: Readonly<Record<string, unknown>>,
    header?: Readonly<Record<string, unknown>>,
  ): Promise<string>;
  /** What its token endpoint answers from now on; by default 404. */
  grant(answer: (question: Question) => Promise<Answer>): void;
  /** What userinfo answers from now on; by default 404. */
  inform(answer: (question: Question) => Promise<Answer>): void;
  /** What discovery says besides, or instead. */
  describe(metadata: Readonly<Record<string, unknown>>): void;
};

/** Listens on 127.0.0.1, with one RSA key. */
export async function startOidc(options: OidcOptions = {}): Promise<OidcSimulator> {
  const { port = 0, path = '/realms/lab', now = Date.now } = options;
  const keys = createKeys();
  await keys.add('RS256');
  let described: Readonly<Record<string, unknown>> = {};
  const notFound = async () => jsonAnswer(404, { error: 'RESTEASY003210: Could not find resource' });
  let granting: (question: Question) => Promise<Answer> = notFound;
  let informing = granting;
  const answer = async (question: Question) => {
    const { method, path: asked } = question;
    if (method === 'GET' && asked === `${path}/.well-known/openid-configuration`)
      return jsonAnswer(200, { ...endpointsOf(issuer), jwks_uri: jwksUrl, ...described });
    if (method === 'GET' && asked === `${path}/certs`) return jsonAnswer(200, keys.published());
    if (method === 'POST' && asked === `${path}/token`) return granting(question);
    if (method === 'GET' && asked === `${path}/userinfo`) return informing(question);
    return notFound();
  };
  const server = await startServer({
    port,
    maxBodyBytes: 65_536,
    answer,
    bodyTooLarge: () => jsonAnswer(413, { error: 'too large' }),
  });
  const issuer = `${server.url}${path}`;
  const jwksUrl = `${issuer}/certs`;
  return {
    ...server,
    issuer,
    jwksUrl,
    keys,
    accessToken: (claims = {}, header = {}) =>
      keys.sign(JSON.stringify({ ...accessClaims(issuer, Math.floor(now() / 1000)), ...claims }), header),
    grant: (next) => {
      granting = next;
    },
    inform: (next) => {
      informing = next;
    },
    describe: (metadata) => {
      described = metadata;
    },
  };
}

function endpointsOf(issuer: string) {
  return {
    issuer,
    authorization_endpoint: `${issuer}/auth`,
    token_endpoint: `${issuer}/token`,
    userinfo_endpoint: `${issuer}/userinfo`,
    end_session_endpoint: `${issuer}/logout`,
    authorization_response_iss_parameter_supported: true,
    id_token_signing_alg_values_supported: ['RS256'],
  };
}

/** As Keycloak 26 has them, with a groups mapper. */
function accessClaims(issuer: string, nowSeconds: number): Readonly<Record<string, unknown>> {
  return {
    exp: nowSeconds + 300,
    iat: nowSeconds,
    jti: 'onrtac:5f5f6dd4',
    iss: issuer,
    aud: ['ingestor', 'account'],
    sub: 'f1b7c6f0-6f0e-4d3b-9d39-3a3d1c6c8f10',
    typ: 'Bearer',
    azp: 'ingestor',
    sid: '1d9d0a4c',
    acr: '1',
    realm_access: { roles: ['offline_access', 'beamline-staff'] },
    resource_access: { account: { roles: ['view-profile'] } },
    scope: 'openid email profile',
    email_verified: true,
    name: 'Alice Adams',
    groups: ['it', 'p1'],
    preferred_username: 'alice',
    email: 'alice@lab.org',
  };
}
