import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { evaluate } from '../../../gateway/policy/evaluate.ts';
import { narrowToLabel } from '../../../gateway/policy/labels.ts';
import { nearMisses } from '../../../gateway/policy/near-misses.ts';
import type { Requirement } from '../../../gateway/types.ts';
import { sampleApp, sampleIdentity, sampleRequest, sampleRule, who } from '../samples.ts';

function misses(allow: Requirement, groups: readonly string[]): readonly string[] {
  const identity = sampleIdentity({ groups });
  const credential = { kind: 'absent' } as const;
  const decision = evaluate(
    { app: sampleApp(), rule: sampleRule({ allow }), credential },
    { kind: 'verified', identity },
    () => 0,
  );
  assert.ok(decision.outcome === 'forbid');
  return nearMisses(decision, { namedGroups: undefined });
}

describe('a near miss', () => {
  const table: readonly (readonly [string, string, string | undefined])[] = [
    ['/staff', 'staff', 'a slash'],
    ['Staff', 'staff', 'another case'],
    ['staff ', 'staff', 'a space'],
    ['lab/staff', 'staff', 'one is part of the other'],
    ['staff', 'staff-it', 'one is part of the other'],
    ['stafford', 'staff', undefined],
    ['visitors', 'staff', undefined],
    ['/', 'staff', undefined],
  ];
  for (const [has, wants, difference] of table)
    it(`of the group "${has}" and the rule's "${wants}" is ${difference ?? 'none'}`, () => {
      assert.deepEqual(
        misses(who({ groups: [wants] }), [has]),
        difference === undefined ? [] : [`the group is "${has}", the rule has "${wants}": ${difference}`],
      );
    });

  it('is said of the groups that the proxy’s address names, too', () => {
    const identity = sampleIdentity({ groups: ['/staff', 'it'] });
    const allowed = { outcome: 'allow', reason: 'signed_in', app: sampleApp(), rule: sampleRule() } as const;
    const request = sampleRequest({ namedGroups: ['staff', 'beamline'] });
    const decision = narrowToLabel({ ...allowed, identity, credentialHeader: undefined }, request);
    assert.ok(decision.outcome === 'forbid');
    assert.deepEqual(nearMisses(decision, request), ['the group is "/staff", ?groups= has "staff": a slash']);
  });

  it('is a group that the rule has as a role, and another realm', () => {
    assert.deepEqual(misses(who({ roles: ['staff'] }), ['staff']), [
      '"staff" is a group here, and a role in the rule',
    ]);
    assert.deepEqual(misses(who({ groups: ['staff'], realms: ['lab'] }), ['staff']), [
      'the realm is "scicat", the rule is for "lab"',
    ]);
  });
});
