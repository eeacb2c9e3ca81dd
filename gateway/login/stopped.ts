// A sign-in that does not go on: a line in the log, and the code that the page shows and `beamgate explain` understands.
import type { Unavailable } from '../../platform/unavailable.ts';
import { readBroken } from '../broken.ts';
import type { SignInReason } from '../reasons.ts';
import { explainOwn, explainOwnBroken } from '../refusal.ts';
import type { Login, Visit } from './visit.ts';

type Notes = Pick<Login, 'log' | 'refusals'>;

export type Stop = {
  readonly reason: SignInReason;
  /** For the log. */
  readonly detail?: string;
  readonly provider?: string | undefined;
  readonly app?: string | undefined;
  /** `info` for what happens to people every day. */
  readonly level?: 'info' | 'warn';
};

/** @returns the code. */
export function noteStop(
  { requestId, clientAddress: client }: Pick<Visit, 'requestId' | 'clientAddress'>,
  { log, refusals }: Notes,
  { reason, detail, provider, app, level = 'warn' }: Stop,
): string {
  const own = { at: describe(provider, app), requestId, clientAddress: client };
  const code = refusals.enter(reason, explainOwn(own, reason, detail));
  log[level]({ requestId, code, outcome: 'refused', reason, detail, provider, app, client }, 'sign-in');
  return code;
}

/** Its provider, or what else is needed for it, does not answer. @returns the code. */
export function noteOutage(
  { requestId, clientAddress: client }: Pick<Visit, 'requestId' | 'clientAddress'>,
  { log, refusals }: Notes,
  outage: Unavailable,
): string {
  const { reason, dependency } = outage;
  const broken = readBroken(outage);
  const own = { at: describe(dependency, undefined), requestId, clientAddress: client };
  const code = refusals.enter(broken.reason, explainOwnBroken(own, broken, outage));
  log.warn({ requestId, code, outcome: 'outage', reason, dependency, client, error: outage }, 'sign-in');
  return code;
}

function describe(provider: string | undefined, app: string | undefined): string {
  return `a sign-in${provider === undefined ? '' : ` at ${provider}`}${app === undefined ? '' : ` for ${app}`}`;
}
