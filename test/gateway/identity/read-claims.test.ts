import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { readGroupName } from '../../../gateway/identity/group-names.ts';
import { type ClaimRules, readClaims } from '../../../gateway/identity/read-claims.ts';

const rules: ClaimRules = {
  id: 'sub',
  username: 'preferred_username',
  groups: ['groups'],
  roles: ['realm_access.roles'],
  email: 'email',
  name: 'name',
  separator: undefined,
  vouchesFor: [],
  groupNames: undefined,
};
const alice = { sub: 's1', preferred_username: 'alice' };

function read(claims: object, changes: Partial<ClaimRules> = {}) {
  const result = readClaims({ ...alice, ...claims }, { ...rules, ...changes });
  assert.ok(result.kind === 'known', JSON.stringify(result));
  return result.person;
}

function reasonOf(claims: object, changes: Partial<ClaimRules> = {}): string {
  const result = readClaims({ ...alice, ...claims }, { ...rules, ...changes });
  return result.kind === 'known' ? 'known' : result.reason;
}

describe('a user name', () => {
  const byEmail = { username: 'email' };
  const address = 'alice@lab.org';
  for (const [flag, reason] of [
    [true, 'known'],
    ['true', 'known'],
    [false, 'identifier_unverified'],
    ['false', 'identifier_unverified'],
    [undefined, 'identifier_unverified'],
  ] as const)
    it(`that is an address with the flag ${JSON.stringify(flag)}: ${reason}`, () => {
      assert.equal(reasonOf({ email: address, email_verified: flag }, byEmail), reason);
      const phone = { phone_number: '+49', phone_number_verified: flag };
      assert.equal(reasonOf(phone, { username: 'phone_number' }), reason);
    });

  it('that is an unverified address is believed where the file says that the provider vouches for it', () => {
    const claims = { email: address, email_verified: false };
    assert.equal(reasonOf(claims, { ...byEmail, vouchesFor: ['email'] }), 'known');
    assert.equal(reasonOf(claims, { ...byEmail, vouchesFor: ['phone_number'] }), 'identifier_unverified');
  });

  it('can be a number or a list of one; the detail says what was there, and not its value', () => {
    assert.equal(read({ preferred_username: 20240123 }).username, '20240123');
    assert.equal(read({ preferred_username: ['alice'] }).username, 'alice');
    const result = readClaims({ sub: 's1', preferred_username: ['alice', 'root'] }, rules);
    assert.deepEqual(result, {
      kind: 'unknown',
      reason: 'token_username_missing',
      detail: 'no text at preferred_username: it is a list of 2',
    });
    assert.equal(reasonOf({ sub: undefined }), 'token_subject_missing');
  });
});

describe('groups', () => {
  it('come from several claims, each once', () => {
    const claims = {
      groups: ['it', 'p1'],
      'https://lab.org/groups': 'p1',
      'urn:zitadel:iam:org:project:roles': { admin: { 1: 'lab' } },
    };
    const groups = ['groups', 'https://lab.org/groups', 'urn:zitadel:iam:org:project:roles', 'none'];
    assert.deepEqual(read(claims, { groups }).groups, ['it', 'p1', 'admin']);
    assert.equal(read(claims, { groups }).claimProblems, undefined);
  });

  it('are not taken from an unverified address, which is said', () => {
    const person = read({ email: 'alice@lab.org', groups: ['it'] }, { groups: ['groups', 'email'] });
    assert.deepEqual(person.groups, ['it']);
    assert.ok(person.claimProblems?.includes('groups: email is left out, email_verified is not true'));
    const verified = { email: 'alice@lab.org', email_verified: true };
    assert.deepEqual(read(verified, { groups: ['email'] }).groups, ['alice@lab.org']);
  });

  it('that cannot be used are said without their values', () => {
    const { groups, claimProblems } = read({
      groups: ['it', { secret: 1 }, 1.5],
      realm_access: { roles: true },
    });
    assert.deepEqual(groups, ['it']);
    assert.deepEqual(claimProblems, [
      'groups: groups holds an object, which is left out',
      'groups: groups holds a fraction, which is left out',
      'roles: realm_access.roles holds true or false, which is left out',
    ]);
  });

  it('get their names by patterns', () => {
    const pattern = readGroupName('urn:mace:egi.eu:group:{vo}:role=member', '{vo}');
    assert.ok(typeof pattern !== 'string');
    const groupNames = { patterns: [pattern], unmapped: 'drop' } as const;
    const claims = { groups: ['urn:mace:egi.eu:group:vo:role=member#aai.egi.eu', 'other'] };
    const person = read(claims, { groupNames });
    assert.deepEqual(person.groups, ['vo']);
    assert.match(String(person.claimProblems), /match no pattern of groupNames/);
  });
});

describe('an e-mail address beside another user name', () => {
  it('is left out where it is not verified, everywhere', () => {
    for (const flag of [false, 'false', undefined]) {
      const person = read({ email: 'victim@lab.org', email_verified: flag });
      assert.equal(person.email, undefined);
      assert.doesNotMatch(JSON.stringify(person), /victim/);
      assert.deepEqual(person.claimProblems, ['email: email is left out, email_verified is not true']);
    }
    assert.equal(read({ email: 'a@lab.org', email_verified: 'true' }).email, 'a@lab.org');
    assert.equal(read({ email: 'a@lab.org' }, { vouchesFor: ['email'] }).email, 'a@lab.org');
  });

  it('is taken from another claim as it is', () => {
    assert.equal(read({ mail: 'a@lab.org' }, { email: 'mail' }).email, 'a@lab.org');
  });

  it('that is missing is no problem', () => {
    assert.equal(read({}).claimProblems, undefined);
    assert.equal(read({ email: null, name: '' }).claimProblems, undefined);
    assert.match(String(read({ name: ['a', 'b'] }).claimProblems), /name: name is a list of 2/);
  });
});
