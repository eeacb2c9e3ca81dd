// Groups that the address names which the proxy asks at, as a container's labels write it: they narrow what the rules
// of the file have decided, and never widen it. Pure.
import type { Decision, ForwardedRequest } from '../types.ts';

/** Nobody passes unnamed: an app with `labels: true` has no public rule. */
export function narrowToLabel(decision: Decision, { namedGroups }: ForwardedRequest): Decision {
  if (namedGroups === undefined || decision.outcome !== 'allow') return decision;
  const { app, rule, identity } = decision;
  if (identity?.groups.some((group) => namedGroups.includes(group)) === true) return decision;
  const detail = `the address that the proxy asks at is for the groups ${namedGroups.join(', ')}`;
  return { outcome: 'forbid', reason: 'not_in_label_groups', app, rule, identity, detail };
}
