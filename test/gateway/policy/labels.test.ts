import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { narrowToLabel } from '../../../gateway/policy/labels.ts';
import type { Decision, Identity } from '../../../gateway/types.ts';
import { sampleApp, sampleIdentity, sampleRequest, sampleRule } from '../samples.ts';

const where = { app: sampleApp(), rule: sampleRule() };
const allow = (identity: Identity | undefined): Decision => ({
  outcome: 'allow',
  reason: identity === undefined ? 'public' : 'signed_in',
  ...where,
  identity,
  credentialHeader: undefined,
});
const inGroups = (...groups: readonly string[]) => allow(sampleIdentity({ groups }));

describe('a label', () => {
  const table: readonly (readonly [readonly string[] | undefined, Decision, string])[] = [
    [undefined, inGroups(), 'signed_in'],
    [undefined, allow(undefined), 'public'],
    [['it'], inGroups('it'), 'signed_in'],
    [['a', 'it'], inGroups('p1', 'it'), 'signed_in'],
    [['it'], inGroups('IT', 'it2', ''), 'not_in_label_groups'],
    [[], inGroups('it'), 'not_in_label_groups'],
    [['it'], allow(undefined), 'not_in_label_groups'],
  ];
  for (const [namedGroups, decision, expected] of table)
    it(`for ${namedGroups ?? 'nobody in particular'} makes of ${JSON.stringify(decision.reason)}: ${expected}`, () => {
      assert.equal(narrowToLabel(decision, sampleRequest({ namedGroups })).reason, expected);
    });

  it('widens nothing: a refusal stays what it is', () => {
    for (const refusal of [
      { outcome: 'forbid', reason: 'not_permitted', ...where, identity: sampleIdentity({ groups: ['it'] }) },
      { outcome: 'authenticate', reason: 'no_credential', ...where },
      { outcome: 'malformed', reason: 'invalid_path', detail: '' },
    ] as const)
      assert.equal(narrowToLabel(refusal, sampleRequest({ namedGroups: ['it'] })), refusal);
  });
});
