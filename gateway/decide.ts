// One request, decided, with what it takes along, logged and counted; the same for a proxy's question and for
// standalone mode. Whatever goes wrong in between becomes an answer here and nowhere else.
import type { Logger } from '../platform/log.ts';
import type { Assertions } from './assertion.ts';
import { authorize, type Policy } from './authorize.ts';
import { answerBroken } from './broken.ts';
import type { Verify } from './credentials/verify.ts';
import type { GatewayMetrics } from './metrics.ts';
import { observe } from './observe.ts';
import { issuePassport } from './passport.ts';
import {
  type Passport,
  renderAuthenticate,
  renderForbid,
  renderMalformed,
  type Site,
} from './proxies/render.ts';
import type { Allow, Answer, Decision, ForwardedRequest, Malformed, Rule } from './types.ts';

export type Gate = {
  readonly policy: Policy;
  readonly verify: Verify;
  readonly assertions: Assertions;
  readonly site: Site;
  readonly metrics: GatewayMetrics;
  readonly log: Logger;
};

export type Decided =
  | { readonly kind: 'pass'; readonly decision: Allow; readonly passport: Passport }
  | { readonly kind: 'refuse'; readonly answer: Answer };

/** Never throws: an outage is 503, a bug is 500, and both are logged. */
export async function decide(request: ForwardedRequest, gate: Gate): Promise<Decided> {
  const startedAt = performance.now();
  try {
    const observing: Rule[] = [];
    const decision = await authorize(request, gate.policy, gate.verify, (rule, misfit) => {
      if (misfit === 'observed') observing.push(rule);
    });
    const passport = decision.outcome === 'allow' ? await issuePassport(decision, request, gate) : decision;
    const final = 'outcome' in passport ? passport : decision;
    record(final, request, gate, startedAt);
    // The rules that a preflight passed by are for the request that it announces.
    if ('app' in decision && decision.app !== undefined && decision.reason !== 'preflight')
      for (const rule of observing) void observe(request, { app: decision.app, rule }, gate);
    if (decision.outcome === 'allow' && !('outcome' in passport)) return { kind: 'pass', decision, passport };
    return { kind: 'refuse', answer: renderRefusal(final, request, gate.site) };
  } catch (error) {
    return { kind: 'refuse', answer: refuseBroken(error, request, gate, startedAt) };
  }
}

/** A question that names no request at all. */
export function refuseMalformed(decision: Malformed, requestId: string, gate: Gate): Answer {
  gate.metrics.decisions.inc({ app: '', outcome: 'malformed', reason: decision.reason });
  gate.log.info(
    { requestId, outcome: 'malformed', reason: decision.reason, detail: decision.detail },
    'decision',
  );
  return renderMalformed(decision, requestId);
}

function renderRefusal(decision: Decision, request: ForwardedRequest, site: Site): Answer {
  switch (decision.outcome) {
    case 'authenticate':
      return renderAuthenticate(decision, request, site);
    case 'forbid':
      return renderForbid(decision, request, site);
    case 'malformed':
      return renderMalformed(decision, request.requestId);
    case 'allow':
      throw new Error('an allowed request was rendered as a refusal');
  }
}

function refuseBroken(error: unknown, request: ForwardedRequest, gate: Gate, startedAt: number): Answer {
  const { requestId } = request;
  const broken = answerBroken(error, requestId);
  const { reason } = broken;
  gate.metrics.decisionSeconds.observe((performance.now() - startedAt) / 1000);
  if (broken.kind === 'bug') {
    gate.metrics.decisions.inc({ app: '', outcome: 'error', reason });
    gate.log.error({ requestId, outcome: 'error', reason, error }, 'decision');
    return broken.answer;
  }
  gate.metrics.decisions.inc({ app: '', outcome: 'outage', reason });
  const { dependency } = broken.outage;
  gate.log.warn(
    { requestId, outcome: 'outage', reason, dependency, client: request.clientAddress, error },
    'decision',
  );
  return broken.answer;
}

/** No path, no query, no header: the rule's pattern says where it was. */
function record(
  decision: Decision,
  request: ForwardedRequest,
  { metrics, log }: Gate,
  startedAt: number,
): void {
  const app = 'app' in decision ? decision.app?.name : undefined;
  const rule = 'rule' in decision ? decision.rule : undefined;
  metrics.decisions.inc({ app: app ?? '', outcome: decision.outcome, reason: decision.reason });
  metrics.decisionSeconds.observe((performance.now() - startedAt) / 1000);
  log.info(
    {
      requestId: request.requestId,
      app,
      rule: rule?.id,
      pattern: rule === undefined ? undefined : patternOf(rule),
      method: request.method,
      outcome: decision.outcome,
      reason: decision.reason,
      username: 'identity' in decision ? decision.identity?.username : undefined,
      client: request.clientAddress,
      ...('detail' in decision ? { detail: decision.detail } : {}),
    },
    'decision',
  );
}

function patternOf(rule: Rule): string {
  return rule.paths === 'any' ? '/**' : rule.paths.map(({ text }) => text).join(' ');
}
