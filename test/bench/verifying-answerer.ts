// The least that takes a token which nobody has seen: node:http, the check of its signature, a fixed answer. What cold
// tokens are measured against.
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { compactVerify, createLocalJWKSet } from 'jose';
import { z } from 'zod';

const [, , headersFile = '', issuer = ''] = process.argv;
const headers = z.array(z.string()).parse(JSON.parse(readFileSync(headersFile, 'utf8')));
const published = z.object({ keys: z.array(z.looseObject({ kty: z.string() })) });
const keys = createLocalJWKSet(published.parse(await (await fetch(`${issuer}/keys`)).json()));

const server = createServer({ requireHostHeader: false }, (request, response) => {
  const token = request.headers.authorization?.slice('Bearer '.length) ?? '';
  const answer = (status: number): void => {
    response.writeHead(status, headers);
    response.end();
  };
  compactVerify(token, keys).then(
    () => answer(200),
    () => answer(401),
  );
});
server.keepAliveTimeout = 120_000;
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  if (typeof address === 'object') process.stdout.write(`${JSON.stringify({ port: address?.port })}\n`);
});
process.once('SIGTERM', () => process.exit(0));
