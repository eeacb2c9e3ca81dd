// What is kept of a decision: a count, how long it took, a line in the log. No path, no query, no header: the rule's
// pattern says where it was. Of most decisions all but the request itself has been said before.
import { jsonField, type Logger } from '../platform/log.ts';
import type { Tally } from '../platform/metrics.ts';
import { ownCopy } from '../platform/own-copy.ts';
import type { RefusalBook } from '../platform/refusal-book.ts';
import type { GatewayMetrics } from './metrics.ts';
import { explainLater } from './refusal.ts';
import type { App, Decision, ForwardedRequest, Rule } from './types.ts';

export type Records = {
  /**
   * @param startedAt as `performance.now()` tells it, milliseconds.
   * @returns of a refusal the code by which the admin finds it.
   */
  keep(decision: Decision, request: ForwardedRequest, startedAt: number): string | undefined;
};

/** What many decisions have in common. */
type Imprint = {
  readonly app: App | undefined;
  readonly outcome: Decision['outcome'];
  readonly reason: Decision['reason'];
  readonly method: string | undefined;
  readonly tally: Tally;
  readonly fields: string;
};

export type RecordParts = {
  readonly metrics: GatewayMetrics;
  readonly log: Logger;
  readonly refusals: RefusalBook;
  /** The configuration's, with which lines are named. */
  readonly file: string;
};

export function createRecords({ metrics, log, refusals, file }: RecordParts): Records {
  const imprints = new WeakMap<Rule, readonly Imprint[]>();
  const makeImprint = (decision: Decision, method: string | undefined): Imprint => {
    const { app, rule } = 'rule' in decision ? decision : nothing;
    const { outcome, reason } = decision;
    return {
      app,
      outcome,
      reason,
      method,
      tally: metrics.decisions.tally({ app: app?.name ?? '', outcome, reason }),
      fields:
        jsonField('app', app?.name) +
        jsonField('rule', rule?.id) +
        // A rule that is built in stands in no line of the file.
        jsonField('line', rule === undefined || rule.line === 0 ? undefined : `${file}:${rule.line}`) +
        jsonField('pattern', rule === undefined ? undefined : patternOf(rule)) +
        jsonField('outcome', outcome) +
        jsonField('reason', reason) +
        jsonField('method', method),
    };
  };
  const imprintOf = (decision: Decision, method: string | undefined): Imprint => {
    const { app, rule } = 'rule' in decision ? decision : nothing;
    if (rule === undefined) return makeImprint(decision, method);
    const { outcome, reason } = decision;
    const ofRule = imprints.get(rule) ?? [];
    const known = ofRule.find(
      (one) => one.reason === reason && one.method === method && one.app === app && one.outcome === outcome,
    );
    if (known !== undefined) return known;
    const made = makeImprint(decision, method);
    // Of many parts, it would be put together anew with every line.
    const fresh = { ...made, fields: ownCopy(made.fields) };
    imprints.set(rule, [fresh, ...ofRule].slice(0, maxImprints));
    return fresh;
  };
  return {
    keep: (decision, request, startedAt) => {
      const { tally, fields } = imprintOf(decision, request.method);
      tally.count += 1;
      const code =
        decision.outcome === 'allow' || decision.outcome === 'sign_out'
          ? undefined
          : refusals.enter(decision.reason, explainLater(decision, request, file));
      log.decision(
        jsonField('requestId', request.requestId) +
          jsonField('code', code) +
          fields +
          jsonField('username', 'identity' in decision ? decision.identity?.username : undefined) +
          jsonField('client', request.clientAddress) +
          jsonField('detail', 'detail' in decision ? decision.detail : undefined),
      );
      metrics.decisionSeconds.note((performance.now() - startedAt) / 1000);
      return code;
    },
  };
}

/** Of one rule; methods are the client's to invent. */
const maxImprints = 32;

const nothing = { app: undefined, rule: undefined };

function patternOf(rule: Rule): string {
  return rule.paths === 'any' ? '/**' : rule.paths.map(({ text }) => text).join(' ');
}
