// The service ended at one moment of one of its calls, and started again on what it had stored.
import assert from 'node:assert/strict';
import { fileURLToPath } from 'node:url';
import { waitFor } from '../end-to-end/wait-for.ts';
import { type Call, endAtAnswer, hold, type Moment } from './hold.ts';
import type { ProcessOptions } from './service.ts';
import type { Site } from './site.ts';

export type SideCall = Call & {
  readonly of: 'scicat' | 'globus';
  /** A client's request is at it, which is given its time to be answered (`graceMs` of the process). */
  readonly isOfRequest?: true;
};

export type End =
  | { readonly signal: 'SIGKILL'; readonly moment: Moment }
  | { readonly signal: 'SIGTERM'; readonly moment: Exclude<Moment, 'answered'> };

/** What a service needs that is to be ended so. */
export const endsAtAnswers: ProcessOptions = {
  nodeArguments: ['--import', fileURLToPath(new URL('kill-at-answer.ts', import.meta.url))],
};

/**
 * From now on the call is waited for.
 * @returns what waits for the end, and starts the next process; `whenEnded` comes between the two
 */
export function endAround(
  { facility, service }: Site,
  call: SideCall & { readonly name: string },
  end: End,
): (whenEnded: () => void) => Promise<void> {
  const { name } = call;
  const { faults } = facility[call.of];
  if (end.moment === 'answered') {
    endAtAnswer(faults, call);
    return async (whenEnded) => {
      await waitFor(`"${name}" is answered`, () => !service.isRunning, 60_000);
      whenEnded();
      await service.start();
    };
  }
  const held = hold(faults, call, end.moment);
  return async (whenEnded) => {
    await waitFor(`"${name}" is held`, held.isReached, 60_000);
    // A call that hangs keeps no process from ending.
    if (end.signal === 'SIGTERM') await assertEndsWithin(call.isOfRequest ? 9_500 : 5_000, service);
    else await service.kill();
    whenEnded();
    await service.start();
    held.release();
  };
}

async function assertEndsWithin(limitMs: number, service: Site['service']): Promise<void> {
  const askedAt = performance.now();
  assert.equal(await service.terminate(), 0);
  const tookMs = performance.now() - askedAt;
  assert.ok(tookMs < limitMs, `${tookMs} ms`);
}
