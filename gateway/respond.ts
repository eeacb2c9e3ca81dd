// An Answer onto a node:http response.
import type { ServerResponse } from 'node:http';
import type { Answer } from './types.ts';

export function writeAnswer(response: ServerResponse, { status, headers, body }: Answer): void {
  response.writeHead(status, ['Content-Length', String(Buffer.byteLength(body)), ...headers]);
  response.end(body);
}
