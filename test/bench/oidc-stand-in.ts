// An OIDC issuer that publishes where its keys are, and its keys; and tokens of it that nobody has seen before.
import { generateKeyPairSync, type KeyObject, randomUUID, sign } from 'node:crypto';
import { createServer } from 'node:http';

export type Algorithm = 'RS256' | 'ES256';

export type OidcStandIn = {
  readonly issuer: string;
  makeTokens(algorithm: Algorithm, count: number): readonly string[];
  stop(): Promise<void>;
};

export const audience = 'bench';

export async function startOidcStandIn(): Promise<OidcStandIn> {
  const keys = {
    RS256: generateKeyPairSync('rsa', { modulusLength: 2048 }),
    ES256: generateKeyPairSync('ec', { namedCurve: 'P-256' }),
  };
  const published = Object.entries(keys).map(([alg, { publicKey }]) => ({
    ...publicKey.export({ format: 'jwk' }),
    kid: alg,
    alg,
    use: 'sig',
  }));
  const server = createServer((request, response) => {
    const isKeys = request.url === '/keys';
    response.setHeader('Content-Type', 'application/json');
    response.end(JSON.stringify(isKeys ? { keys: published } : { issuer, jwks_uri: `${issuer}/keys` }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (typeof address !== 'object' || address === null) throw new Error('no port');
  const issuer = `http://127.0.0.1:${address.port}`;
  return {
    issuer,
    makeTokens: (algorithm, count) =>
      Array.from({ length: count }, () => tokenOf(issuer, algorithm, keys[algorithm].privateKey)),
    stop: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** As Keycloak's access tokens are, shortened. */
function tokenOf(issuer: string, alg: Algorithm, key: KeyObject): string {
  const issuedAt = Math.floor(Date.now() / 1000);
  const id = randomUUID();
  const payload = {
    iss: issuer,
    aud: audience,
    sub: id,
    typ: 'Bearer',
    iat: issuedAt,
    exp: issuedAt + 3600,
    preferred_username: `user-${id}`,
    email: `${id}@lab.example`,
    name: 'A user',
    groups: ['staff', 'beamline-7', 'p20417'],
    realm_access: { roles: ['offline_access', 'user'] },
  };
  const signed = [{ alg, typ: 'JWT', kid: alg }, payload]
    .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
    .join('.');
  const signature = sign('sha256', Buffer.from(signed), { key, dsaEncoding: 'ieee-p1363' });
  return `${signed}.${signature.toString('base64url')}`;
}
