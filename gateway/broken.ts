// What is answered where no verdict could be had: an outage is 503, anything else that was thrown is a bug and 500.
import { Unavailable } from '../platform/unavailable.ts';
import { type Reader, renderBug, renderOutage } from './proxies/render.ts';
import type { Answer } from './types.ts';

export type Broken =
  | { readonly kind: 'outage'; readonly reason: 'busy' | 'unavailable'; readonly outage: Unavailable }
  | { readonly kind: 'bug'; readonly reason: 'internal_error' };

export function readBroken(error: unknown): Broken {
  if (!(error instanceof Unavailable)) return { kind: 'bug', reason: 'internal_error' };
  return { kind: 'outage', reason: error.reason === 'busy' ? 'busy' : 'unavailable', outage: error };
}

export function renderBroken(
  broken: Broken,
  {
    requestId,
    code,
    reader,
  }: { readonly requestId: string; readonly code?: string; readonly reader?: Reader | undefined },
): Answer {
  return broken.kind === 'bug'
    ? renderBug(requestId, code)
    : renderOutage(broken.reason, {
        requestId,
        code,
        retryAfterSeconds: broken.outage.retryAfterSeconds,
        reader,
      });
}
