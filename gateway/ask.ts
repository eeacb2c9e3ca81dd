// The `proxies` listener: a question in, its answer out, and nothing that a question holds can end the process.
import { randomUUID } from 'node:crypto';
import type { Networks } from '../platform/networks.ts';
import type { Answering } from '../platform/plain-connections.ts';
import { answer } from './answer.ts';
import type { Gate } from './decide.ts';
import { renderBug } from './proxies/render.ts';

/** @param current what is in force at this moment: a reload comes between two questions. */
export function createProxyAnswering(
  current: () => { readonly gate: Gate; readonly trustedProxies: Networks },
): Answering {
  return {
    answer: ({ method, url, headers }, peerAddress) => {
      const { gate, trustedProxies } = current();
      return answer({ method, url, headers, peerAddress }, gate, trustedProxies);
    },
    // Left alone it would be an unhandled rejection, and end the process with every app's door.
    answerBug: (error) => {
      const requestId = randomUUID();
      current().gate.log.error({ requestId, outcome: 'error', reason: 'internal_error', error }, 'decision');
      return renderBug(requestId);
    },
  };
}
