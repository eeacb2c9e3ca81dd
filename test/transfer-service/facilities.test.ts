import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  authorizeDataset,
  authorizeFacilities,
  authorizeManaging,
  type FacilityQuestion,
  type FacilityRefusal,
  visibilityOf,
} from '../../transfer-service/facilities.ts';
import type { Caller, Facility } from '../../transfer-service/types.ts';
import { facility } from './facility.ts';

const alice: Caller = {
  subject: 'scicat:6b01',
  username: 'alice',
  realm: 'scicat',
  groups: ['LAB', 'ARCHIVE', 'p1'],
  email: undefined,
  attributes: {},
};
const realms = new Set(['scicat']);

function ask(overrides: Partial<FacilityQuestion> = {}, facilities: readonly Facility[] = [lab, archive]) {
  return authorizeFacilities({
    caller: alice,
    sourceFacility: 'LAB',
    destinationFacility: 'ARCHIVE',
    facilities: new Map(facilities.map((one) => [one.name, one])),
    realms,
    ...overrides,
  });
}

function reasonOf(decision: ReturnType<typeof ask>): FacilityRefusal['reason'] | 'allowed' {
  return decision.kind === 'allowed' ? 'allowed' : decision.reason;
}

const lab = facility();
const archive = facility({
  name: 'ARCHIVE',
  access: { kind: 'member', path: 'profile.accessGroups', value: 'ARCHIVE' },
});

test('lets a member of both facilities pass, and names the facilities', () => {
  assert.deepEqual(ask(), { kind: 'allowed', source: lab, destination: archive });
});

test('refuses an unknown facility on either side', () => {
  assert.deepEqual(ask({ sourceFacility: 'NOPE' }), {
    kind: 'refused',
    reason: 'unknown_facility',
    side: 'source',
    facility: 'NOPE',
  });
  assert.deepEqual(ask({ destinationFacility: '__proto__' }), {
    kind: 'refused',
    reason: 'unknown_facility',
    side: 'destination',
    facility: '__proto__',
  });
});

test('judges the destination by its own rule, not the source’s', () => {
  const caller = { ...alice, groups: ['LAB', 'p1'] };
  assert.deepEqual(ask({ caller }), {
    kind: 'refused',
    reason: 'facility_not_allowed',
    side: 'destination',
    facility: 'ARCHIVE',
  });
});

test('judges the source by its own rule, not the destination’s', () => {
  const caller = { ...alice, groups: ['ARCHIVE', 'p1'] };
  assert.deepEqual(ask({ caller }), {
    kind: 'refused',
    reason: 'facility_not_allowed',
    side: 'source',
    facility: 'LAB',
  });
});

test('judges each side alike when the two are exchanged', () => {
  const everyGroups = [['LAB'], ['ARCHIVE'], ['LAB', 'ARCHIVE'], []];
  for (const groups of everyGroups) {
    const caller = { ...alice, groups };
    const there = ask({ caller });
    const back = ask({ caller, sourceFacility: 'ARCHIVE', destinationFacility: 'LAB' });
    assert.equal(reasonOf(there), reasonOf(back), groups.join());
  }
});

test('a facility without access rule admits everyone whose realm is SciCat’s', () => {
  const open = [facility({ access: { kind: 'everyone' } }), archive];
  assert.equal(reasonOf(ask({ caller: { ...alice, groups: ['ARCHIVE'] } }, open)), 'allowed');
});

test('an access path besides the groups is looked up among the caller’s attributes', () => {
  const path = 'profile.oidcClaims.entitlements';
  const entitled = [facility({ access: { kind: 'member', path, value: 'beam' } }), archive];
  const withBeam = { ...alice, attributes: { [path]: ['other', 'beam'] } };
  assert.equal(reasonOf(ask({ caller: withBeam }, entitled)), 'allowed');
  assert.equal(reasonOf(ask({}, entitled)), 'facility_not_allowed');
  // A group of that name is no attribute of that name.
  assert.equal(reasonOf(ask({ caller: { ...alice, groups: ['beam'] } }, entitled)), 'facility_not_allowed');
  // Nor is an attribute that calls itself the groups' path a group.
  const lying = { ...alice, groups: [], attributes: { 'profile.accessGroups': ['LAB', 'ARCHIVE'] } };
  assert.equal(reasonOf(ask({ caller: lying })), 'facility_not_allowed');
});

test('an access path that every object has leads nowhere', () => {
  const strange = [facility({ access: { kind: 'member', path: 'constructor', value: 'Object' } }), archive];
  assert.equal(reasonOf(ask({}, strange)), 'facility_not_allowed');
});

test('group names are compared whole and by case', () => {
  for (const group of ['lab', 'LAB2', 'XLAB', 'LAB ', 'LAB,ARCHIVE']) {
    assert.equal(reasonOf(ask({ caller: { ...alice, groups: [group, 'ARCHIVE'] } })), 'facility_not_allowed');
  }
});

test('refuses a direction that a facility does not take part in', () => {
  const cases = [
    { source: 'SRC', destination: 'DST', expected: 'allowed' },
    { source: 'BOTH', destination: 'BOTH', expected: 'allowed' },
    { source: 'DST', destination: 'DST', expected: 'wrong_direction' },
    { source: 'SRC', destination: 'SRC', expected: 'wrong_direction' },
  ] as const;
  for (const { source, destination, expected } of cases) {
    const pair = [facility({ ...lab, direction: source }), facility({ ...archive, direction: destination })];
    assert.equal(reasonOf(ask({}, pair)), expected);
  }
  assert.deepEqual(ask({}, [lab, facility({ ...archive, direction: 'SRC' })]), {
    kind: 'refused',
    reason: 'wrong_direction',
    side: 'destination',
    facility: 'ARCHIVE',
  });
});

test('refuses a caller of a realm that the config does not map onto SciCat’s, whatever its groups', () => {
  const caller = { ...alice, realm: 'keycloak' };
  const open = [
    facility({ access: { kind: 'everyone' } }),
    facility({ ...archive, access: { kind: 'everyone' } }),
  ];
  assert.deepEqual(ask({ caller }, open), { kind: 'refused', reason: 'realm_not_mapped', realm: 'keycloak' });
  assert.equal(reasonOf(ask({ caller, realms: new Set(['scicat', 'keycloak']) }, open)), 'allowed');
});

test('a dataset may be moved by members of its owner group alone', () => {
  const dataset = { pid: '20/x', ownerGroup: 'p1' };
  assert.deepEqual(authorizeDataset({ caller: alice, dataset, realms }), { kind: 'allowed' });
  assert.deepEqual(authorizeDataset({ caller: alice, dataset: { ...dataset, ownerGroup: 'p9' }, realms }), {
    kind: 'refused',
    reason: 'dataset_not_allowed',
    pid: '20/x',
  });
  assert.deepEqual(authorizeDataset({ caller: { ...alice, realm: 'keycloak' }, dataset, realms }), {
    kind: 'refused',
    reason: 'realm_not_mapped',
    realm: 'keycloak',
  });
});

test('a transfer is managed by its owner and by its owner group', () => {
  const transfer = { ownerSubject: 'scicat:6b01', ownerGroup: 'p1' };
  const bob = { ...alice, subject: 'scicat:7c02', groups: ['p9'] };
  const decide = (caller: Caller) => authorizeManaging(transfer, visibilityOf(caller, realms)).kind;
  assert.equal(decide({ ...alice, groups: [] }), 'allowed');
  assert.equal(decide({ ...bob, groups: ['p1'] }), 'allowed');
  assert.equal(decide(bob), 'refused');
  assert.deepEqual(authorizeManaging(transfer, visibilityOf(bob, realms)), {
    kind: 'refused',
    reason: 'transfer_not_allowed',
  });
});

test('another realm’s group of the same name manages nothing, its owner does', () => {
  const transfer = { ownerSubject: 'keycloak:1', ownerGroup: 'p1' };
  const stranger = { ...alice, realm: 'keycloak', subject: 'keycloak:2' };
  assert.equal(authorizeManaging(transfer, visibilityOf(stranger, realms)).kind, 'refused');
  const owner = { ...stranger, subject: 'keycloak:1' };
  assert.equal(authorizeManaging(transfer, visibilityOf(owner, realms)).kind, 'allowed');
});
