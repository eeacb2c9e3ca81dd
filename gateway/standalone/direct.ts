// What node:http has of a client's own request, as `readDirect` takes it. It reads nothing.
import type { IncomingMessage } from 'node:http';
import type { Direct } from './read.ts';

export function directOf(
  { method = '', httpVersion: version, url: target = '', rawHeaders: headers, socket }: IncomingMessage,
  known: Pick<Direct, 'isTrustedProxy' | 'isUpgrade' | 'scheme' | 'requestId'>,
): Direct {
  return { method, version, target, headers, peerAddress: socket.remoteAddress ?? '', ...known };
}
