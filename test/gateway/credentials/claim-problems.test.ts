import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createClaimProblemLog, noting } from '../../../gateway/credentials/claim-problems.ts';
import type { Identity } from '../../../gateway/types.ts';
import { sampleIdentity } from '../samples.ts';

function open() {
  const lines: object[] = [];
  const note = createClaimProblemLog({ warn: (fields: object) => void lines.push(fields) });
  return { lines, note };
}

describe('claims that could not be used', () => {
  const problems = ['groups: groups holds an object, which is left out'];
  const alice = sampleIdentity({ claimProblems: problems });

  it('are logged once for each user and problem', () => {
    const { lines, note } = open();
    note(alice);
    note({ ...alice });
    note(sampleIdentity({ username: 'bob', claimProblems: problems }));
    note({ ...alice, claimProblems: ['name: name is a list of 2, which is left out'] });
    note(sampleIdentity());
    assert.deepEqual(
      lines.map((line) => Object.entries(line).flat().slice(0, 4)),
      [
        ['provider', 'scicat', 'username', 'alice'],
        ['provider', 'scicat', 'username', 'bob'],
        ['provider', 'scicat', 'username', 'alice'],
      ],
    );
  });

  it('are noted of whom a verifier identifies', async () => {
    const noted: Identity[] = [];
    const verify = noting(
      async (token) =>
        token === 'good'
          ? { kind: 'verified', identity: alice }
          : { kind: 'rejected', reason: 'token_expired' },
      (identity) => void noted.push(identity),
    );
    assert.equal((await verify('good')).kind, 'verified');
    assert.equal((await verify('bad')).kind, 'rejected');
    assert.deepEqual(noted, [alice]);
  });
});
