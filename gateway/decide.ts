// One request, decided, with what it takes along, logged and counted; the same for a proxy's question and for
// standalone mode. Whatever goes wrong in between becomes an answer here and nowhere else.
import type { Logger } from '../platform/log.ts';
import { andThen, type NowOrLater, orElse } from '../platform/now-or-later.ts';
import type { RefusalBook } from '../platform/refusal-book.ts';
import { authorize, type Policy } from './authorize.ts';
import { readBroken, renderBroken } from './broken.ts';
import { askOnce } from './credentials/ask-once.ts';
import type { Verify } from './credentials/verify.ts';
import type { GatewayMetrics } from './metrics.ts';
import { observe } from './observe.ts';
import type { Passports } from './passport.ts';
import { type Misfit, match } from './policy/match.ts';
import type { AuthenticatedApp } from './proxies/forwarded.ts';
import { toKnownStatus } from './proxies/known-status.ts';
import {
  addressOf,
  type Passport,
  readerOf,
  renderAuthenticate,
  renderForbid,
  renderMalformed,
  renderSignOut,
  type Site,
} from './proxies/render.ts';
import type { Records } from './record.ts';
import { explainBroken, explainUnread } from './refusal.ts';
import type { Allow, Answer, Decision, Forbid, ForwardedRequest, Malformed, Rule } from './types.ts';

export type Gate = {
  /** The app that `/authenticate` asks about. */
  readonly authenticated: AuthenticatedApp | undefined;
  readonly policy: Policy;
  readonly verify: Verify;
  readonly passports: Passports;
  readonly site: Site;
  readonly metrics: GatewayMetrics;
  readonly log: Logger;
  readonly records: Records;
  /** What lies below `/.beamgate/` on every host: the gateway's own, whatever app is there. */
  readonly reserved: (request: ForwardedRequest) => Promise<Answer>;
  /** Of the cookie that it brings: the app's own sign-out was sent with it. */
  readonly endSession: (request: ForwardedRequest) => Promise<void>;
  readonly refusals: RefusalBook;
};

export type Decided =
  | { readonly kind: 'pass'; readonly decision: Allow; readonly passport: Passport }
  | { readonly kind: 'refuse'; readonly answer: Answer };

/** Whether the target is the gateway's own on every host: no app sees it, and no rule speaks of it. */
export function isReserved(target: string): boolean {
  return target.startsWith('/.beamgate/');
}

/** Never throws: an outage is 503, a bug is 500, and both are logged. At once where nobody has to be asked. */
export function decide(request: ForwardedRequest, gate: Gate): NowOrLater<Decided> {
  const startedAt = performance.now();
  const refuse = (error: unknown): Decided => ({
    kind: 'refuse',
    answer: refuseBroken(error, request, gate, startedAt),
  });
  if (isReserved(request.target))
    return gate.reserved(request).then((answer) => ({ kind: 'refuse', answer }), refuse);
  const observing: Rule[] = [];
  const note = (rule: Rule, misfit: Misfit | undefined): void => {
    if (misfit === 'observed') observing.push(rule);
  };
  let askedOnce: Verify | undefined;
  // Before anybody is asked it is known which rules observe.
  const verify: Verify = (credential, context) => {
    if (observing.length > 0) askedOnce ??= askOnce(gate.verify);
    return (askedOnce ?? gate.verify)(credential, context);
  };
  const conclude = (decision: Decision, passport: Passport | Forbid | undefined): Decided => {
    const final = passport !== undefined && 'outcome' in passport ? passport : decision;
    const code = gate.records.keep(final, request, startedAt);
    if (observing.length > 0) observeAll(observing, decision, request, { ...gate, verify });
    if (final.outcome === 'allow' && passport !== undefined && !('outcome' in passport))
      return { kind: 'pass', decision: final, passport };
    return { kind: 'refuse', answer: renderRefusal(final, request, gate.site, code) };
  };
  return orElse(
    () =>
      andThen(authorize(request, gate.policy, verify, note), (decision) => {
        if (decision.outcome !== 'allow') return conclude(decision, undefined);
        const passport = gate.passports.issue(decision, request);
        return decision.signsOut === true && !('outcome' in passport)
          ? gate.endSession(request).then(() => conclude(decision, passport))
          : conclude(decision, passport);
      }),
    refuse,
  );
}

/** The rules that a preflight passed by are for the request that it announces. */
function observeAll(
  observing: readonly Rule[],
  decision: Decision,
  request: ForwardedRequest,
  gate: Gate,
): void {
  if (!('app' in decision) || decision.app === undefined || decision.reason === 'preflight') return;
  for (const rule of observing) void observe(request, { app: decision.app, rule }, gate);
}

/** A question that names no request at all. */
export function refuseMalformed(decision: Malformed, requestId: string, gate: Gate): Answer {
  gate.metrics.decisions.inc({ app: '', outcome: 'malformed', reason: decision.reason });
  const { outcome, reason, detail } = decision;
  const code = gate.refusals.enter(reason, explainUnread(decision, requestId));
  gate.log.info({ requestId, code, outcome, reason, detail }, 'decision');
  return renderMalformed(decision, requestId, code);
}

function renderRefusal(
  decision: Decision,
  request: ForwardedRequest,
  site: Site,
  code: string | undefined,
): Answer {
  switch (decision.outcome) {
    case 'authenticate':
      return renderAuthenticate(decision, request, site, code);
    case 'forbid':
      return renderForbid(decision, request, site, code);
    case 'malformed':
      return renderMalformed(decision, request.requestId, code);
    case 'sign_out':
      return renderSignOut(decision, site);
    case 'allow':
      throw new Error('an allowed request was rendered as a refusal');
  }
}

function refuseBroken(error: unknown, request: ForwardedRequest, gate: Gate, startedAt: number): Answer {
  const { requestId } = request;
  const broken = readBroken(error);
  const { reason } = broken;
  const code = gate.refusals.enter(reason, explainBroken(broken, error, request));
  gate.metrics.decisionSeconds.note((performance.now() - startedAt) / 1000);
  if (broken.kind === 'bug') {
    gate.metrics.decisions.inc({ app: '', outcome: 'error', reason });
    gate.log.error({ requestId, code, outcome: 'error', reason, error }, 'decision');
    return renderBroken(broken, { requestId, code });
  }
  gate.metrics.decisions.inc({ app: '', outcome: 'outage', reason });
  const { dependency } = broken.outage;
  gate.log.warn(
    { requestId, code, outcome: 'outage', reason, dependency, client: request.clientAddress, error },
    'decision',
  );
  const reader = readerOf(request, gate.site, addressOf(request));
  const answer = renderBroken(broken, { requestId, code, reader });
  const matched = match(request, gate.policy.apps);
  return 'app' in matched && matched.app !== undefined
    ? toKnownStatus(answer, matched.app, request.method)
    : answer;
}
