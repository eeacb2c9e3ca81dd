// What node:http has of a client's own request, as `readDirect` takes it. It reads nothing.
import type { IncomingMessage } from 'node:http';
import type { Direct } from './read.ts';

export function directOf(
  { method = '', url: target = '', rawHeaders: headers, socket }: IncomingMessage,
  known: Pick<Direct, 'isUpgrade' | 'scheme' | 'requestId'>,
): Direct {
  return { method, target, headers, peerAddress: socket.remoteAddress ?? '', ...known };
}
