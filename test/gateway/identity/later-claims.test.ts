import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Claims } from '../../../gateway/identity/claims.ts';
import { laterClaims } from '../../../gateway/identity/later-claims.ts';
import { type ClaimRules, readClaims } from '../../../gateway/identity/read-claims.ts';

const rules: ClaimRules = {
  id: 'sub',
  username: 'preferred_username',
  groups: ['groups', 'https://lab.org/groups'],
  roles: ['realm_access.roles'],
  email: 'email',
  name: 'name',
  separator: undefined,
  vouchesFor: [],
  groupNames: undefined,
};
const before = {
  sub: 's1',
  preferred_username: 'alice',
  groups: ['it'],
  'https://lab.org/groups': ['p1'],
  realm_access: { roles: ['operator'] },
  email: 'alice@lab.org',
  email_verified: true,
  name: 'Alice',
};

function personAfter(...later: readonly object[]) {
  let claims: Claims = before;
  for (const next of later) claims = laterClaims(claims, { ...next }, rules).claims;
  const read = readClaims({ ...claims }, rules);
  assert.ok(read.kind === 'known');
  return read.person;
}

describe('claims that come later', () => {
  it('leave what they do not say as it was, and name it', () => {
    const { claims: _, ...person } = personAfter({ sub: 's1' });
    assert.deepEqual(person, {
      id: 's1',
      username: 'alice',
      groups: ['it', 'p1'],
      roles: ['operator'],
      email: 'alice@lab.org',
      name: 'Alice',
    });
    const { kept } = laterClaims(before, { sub: 's1', groups: ['x'] }, rules);
    assert.deepEqual(kept, [
      'preferred_username',
      'https://lab.org/groups',
      'realm_access.roles',
      'email',
      'name',
    ]);
  });

  it('take away what they say is empty', () => {
    assert.deepEqual(personAfter({ groups: [] }).groups, ['p1']);
    assert.deepEqual(personAfter({ groups: null, 'https://lab.org/groups': [] }).groups, []);
    assert.deepEqual(personAfter({ realm_access: { roles: [] } }).roles, []);
    assert.deepEqual(personAfter({ groups: {} }).groups, ['p1']);
  });

  it('keep a user name where the later one is empty', () => {
    for (const preferred_username of ['', null])
      assert.equal(personAfter({ preferred_username }).username, 'alice');
    assert.equal(personAfter({ preferred_username: 'alice2' }).username, 'alice2');
  });

  it('keep a nested claim whose parent comes without it, and forget it once it comes again', () => {
    assert.deepEqual(personAfter({ realm_access: {} }).roles, ['operator']);
    const again = { realm_access: { roles: ['viewer'] } };
    assert.deepEqual(personAfter({ realm_access: {} }, again).roles, ['viewer']);
    assert.deepEqual(personAfter({ realm_access: {} }, again, {}).roles, ['viewer']);
    assert.deepEqual(personAfter({}, { realm_access: { roles: [] } }, {}).roles, []);
  });

  it('do not keep a role that an object keyed by role has lost', () => {
    const zitadel = { ...rules, roles: ['urn:zitadel:iam:org:project:roles'] };
    const earlier = { 'urn:zitadel:iam:org:project:roles': { admin: { 1: 'lab' }, viewer: { 1: 'lab' } } };
    const later = { 'urn:zitadel:iam:org:project:roles': { viewer: { 1: 'lab' } } };
    const { claims } = laterClaims(earlier, later, zitadel);
    assert.deepEqual(claims['urn:zitadel:iam:org:project:roles'], { viewer: { 1: 'lab' } });
  });
});

describe('an address in claims that come later', () => {
  for (const [what, later, email] of [
    ['is missing', {}, 'alice@lab.org'],
    ['is the same, without a flag', { email: 'alice@lab.org' }, 'alice@lab.org'],
    ['is another one, without a flag', { email: 'victim@lab.org' }, undefined],
    ['is another one, verified', { email: 'new@lab.org', email_verified: true }, 'new@lab.org'],
    ['is missing, and the flag says no', { email_verified: false }, undefined],
    ['is missing, and the flag says "false"', { email_verified: 'false' }, undefined],
    ['is the same, and the flag says no', { email: 'alice@lab.org', email_verified: false }, undefined],
  ] as const)
    it(`that ${what}: ${email}`, () => {
      assert.equal(personAfter(later).email, email);
    });

  it('is not vouched for by the flag of a document that does not hold it', () => {
    const { claims } = laterClaims({ email: 'victim@lab.org' }, { email_verified: true }, rules);
    assert.equal(claims.email_verified, undefined);
    const other = laterClaims(
      { email: 'mine@lab.org', email_verified: true },
      { email: 'victim@lab.org' },
      rules,
    );
    assert.equal(other.claims.email_verified, undefined);
  });

  it('below another claim goes by the same rules', () => {
    const nested = { ...rules, username: 'profile.email' };
    const known = { profile: { email: 'a@lab.org', email_verified: true } };
    const flags = [
      { profile: {} },
      { profile: { email: 'a@lab.org' } },
      { profile: { email: 'b@lab.org' } },
    ].map((later) => readClaims({ sub: 's', ...laterClaims(known, later, nested).claims }, nested).kind);
    assert.deepEqual(flags, ['known', 'known', 'unknown']);
    const twice = laterClaims(
      laterClaims(known, { profile: {} }, nested).claims,
      { profile: { email: 'b@lab.org' } },
      nested,
    );
    assert.equal(readClaims({ sub: 's', ...twice.claims }, nested).kind, 'unknown');
  });
});
