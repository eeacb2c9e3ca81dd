// A SciCat that answers one question, who the token's user is, as fast as it can or after a time; checking nothing.
import { createServer } from 'node:http';

export type ScicatStandIn = {
  readonly url: string;
  answersAfter(ms: number): void;
  stop(): Promise<void>;
};

export async function startScicatStandIn(): Promise<ScicatStandIn> {
  let delayMs = 0;
  const server = createServer((request, response) => {
    const body = identityOf(request.headers.authorization ?? '');
    const answer = () => {
      response.writeHead(200, ['Content-Type', 'application/json', 'Content-Length', String(body.length)]);
      response.end(body);
    };
    if (delayMs === 0) answer();
    else setTimeout(answer, delayMs);
  });
  server.keepAliveTimeout = 60_000;
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (typeof address !== 'object' || address === null) throw new Error('no port');
  return {
    url: `http://127.0.0.1:${address.port}`,
    answersAfter: (ms) => {
      delayMs = ms;
    },
    stop: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** As users/my/identity answers; test/recordings/scicat.json. */
function identityOf(authorization: string): Buffer {
  const [, payload = ''] = authorization.split('.');
  const { _id: id, username } = Object(JSON.parse(Buffer.from(payload, 'base64url').toString('utf8')));
  const profile = {
    displayName: `The ${username}`,
    email: `${username}@lab.example`,
    username,
    thumbnailPhoto: 'error: no photo found',
    id,
    accessGroups: ['staff', 'beamline-7', 'p20417'],
  };
  return Buffer.from(JSON.stringify({ _id: `identity-${id}`, userId: id, provider: 'oidc', profile }));
}
