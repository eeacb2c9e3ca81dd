// `/.beamgate/` of every app's host, as the public listener gets it where a proxy passes it on (nginx needs that; others
// have our answer to their question). Everything else there is the gateway's own pages.
import { randomUUID } from 'node:crypto';
import type { IncomingMessage, RequestListener } from 'node:http';
import { writeAnswer } from '../platform/plain-answer.ts';
import { decide, type Gate, isReserved, refuseMalformed } from './decide.ts';
import { directOf } from './standalone/direct.ts';
import { type Direct, readDirect } from './standalone/read.ts';
import type { Answer } from './types.ts';

type Front = Pick<Direct, 'isTrustedProxy' | 'scheme'>;

/** @param front its `scheme` as browsers see it: TLS ends before this listener. */
export function withReserved(pages: RequestListener, gate: Gate, front: Front): RequestListener {
  return (request, response) => {
    if (!isReserved(request.url ?? '')) return pages(request, response);
    request.resume();
    void answerReservedHere(request, gate, front).then((answer) => writeAnswer(response, answer));
  };
}

/** Never rejects, as `decide` does not. */
async function answerReservedHere(request: IncomingMessage, gate: Gate, front: Front): Promise<Answer> {
  const requestId = randomUUID();
  const read = readDirect(directOf(request, { ...front, isUpgrade: false, requestId }));
  if ('outcome' in read) return refuseMalformed(read, requestId, gate);
  const decided = await decide(read, gate);
  if (decided.kind === 'refuse') return decided.answer;
  throw new Error('what is reserved was let through to an app');
}
