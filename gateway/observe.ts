// What a rule that only observes would have decided: logged and counted after the decision, which it never holds up
// and never changes.
import type { Logger } from '../platform/log.ts';
import { Unavailable } from '../platform/unavailable.ts';
import { decideByRule, type Policy } from './authorize.ts';
import type { Verify } from './credentials/verify.ts';
import type { GatewayMetrics } from './metrics.ts';
import type { App, ForwardedRequest, Rule } from './types.ts';

type Observer = {
  readonly policy: Policy;
  readonly verify: Verify;
  readonly metrics: Pick<GatewayMetrics, 'observations'>;
  readonly log: Logger;
};

/** Never throws: an outage is an outcome like any other here. */
export async function observe(
  request: ForwardedRequest,
  { app, rule }: { readonly app: App; readonly rule: Rule },
  { policy, verify, metrics, log }: Observer,
): Promise<void> {
  const { outcome, reason, username } = await judge(request, app, rule, policy, verify);
  metrics.observations.inc({ app: app.name, rule: rule.id, outcome, reason });
  const { requestId, method } = request;
  log.info({ requestId, app: app.name, rule: rule.id, method, outcome, reason, username }, 'observation');
}

type Observation = { readonly outcome: string; readonly reason: string; readonly username?: string };

async function judge(
  request: ForwardedRequest,
  app: App,
  rule: Rule,
  policy: Policy,
  verify: Verify,
): Promise<Observation> {
  try {
    const decision = await decideByRule(request, { app, rule }, policy, verify);
    const identity = 'identity' in decision ? decision.identity : undefined;
    const { outcome, reason } = decision;
    return identity === undefined ? { outcome, reason } : { outcome, reason, username: identity.username };
  } catch (error) {
    if (error instanceof Unavailable) return { outcome: 'outage', reason: error.reason };
    return { outcome: 'error', reason: 'internal_error' };
  }
}
