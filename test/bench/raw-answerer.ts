// The least that node:http can do: the same headers for everyone. What a gateway is measured against.
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { z } from 'zod';

const headers = z.array(z.string()).parse(JSON.parse(readFileSync(process.argv[2] ?? '', 'utf8')));

const server = createServer({ requireHostHeader: false }, (_request, response) => {
  response.writeHead(200, headers);
  response.end();
});
server.keepAliveTimeout = 120_000;
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  if (typeof address === 'object') process.stdout.write(`${JSON.stringify({ port: address?.port })}\n`);
});
process.once('SIGTERM', () => process.exit(0));
