// What is answered where no verdict could be had: an outage is 503, anything else that was thrown is a bug and 500.
import { Unavailable } from '../platform/unavailable.ts';
import { renderBug, renderOutage } from './proxies/render.ts';
import type { Answer } from './types.ts';

export type Broken =
  | {
      readonly kind: 'outage';
      readonly reason: 'busy' | 'unavailable';
      readonly outage: Unavailable;
      readonly answer: Answer;
    }
  | { readonly kind: 'bug'; readonly reason: 'internal_error'; readonly answer: Answer };

export function answerBroken(error: unknown, requestId: string): Broken {
  if (!(error instanceof Unavailable))
    return { kind: 'bug', reason: 'internal_error', answer: renderBug(requestId) };
  const reason = error.reason === 'busy' ? 'busy' : 'unavailable';
  return {
    kind: 'outage',
    reason,
    outage: error,
    answer: renderOutage(reason, requestId, error.retryAfterSeconds),
  };
}
