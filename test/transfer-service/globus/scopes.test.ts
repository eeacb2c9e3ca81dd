import assert from 'node:assert/strict';
import { test } from 'node:test';
import { joinScopes, transferScope, unknownScopes } from '../../../transfer-service/globus/scopes.ts';

const ofA = `${transferScope}[*https://auth.globus.org/scopes/A/data_access]`;
const ofB = `${transferScope}[*https://auth.globus.org/scopes/B/data_access]`;

function complaint(...details: readonly string[]) {
  return { errors: details.map((detail) => ({ code: 'UNKNOWN_SCOPE_ERROR', detail })) };
}

test('no scopes are the transfer scope alone', () => {
  assert.equal(joinScopes([]), transferScope);
});

test('dependent scopes of one scope are asked for together, each once', () => {
  assert.equal(
    joinScopes([ofA, ofB, ofA, transferScope]),
    `${transferScope}[*https://auth.globus.org/scopes/A/data_access *https://auth.globus.org/scopes/B/data_access]`,
  );
});

test('other scopes stand beside it', () => {
  assert.equal(joinScopes([ofA, 'openid']), `${ofA} openid`);
});

test('finds the unknown scope by its dependent scope, with or without a star, or whole', () => {
  const details = [
    "requested unknown scopes: ['https://auth.globus.org/scopes/A/data_access']",
    "requested unknown scopes: ['*https://auth.globus.org/scopes/A/data_access']",
    `requested unknown scopes: ['${ofA}']`,
    'requested unknown scopes: ["https://auth.globus.org/scopes/A/data_access"]',
  ];
  for (const detail of details) {
    assert.deepEqual(unknownScopes(complaint(detail), [ofA, ofB]), [ofA], detail);
  }
});

test('finds several', () => {
  const detail =
    "requested unknown scopes: ['https://auth.globus.org/scopes/A/data_access', 'https://auth.globus.org/scopes/B/data_access']";
  assert.deepEqual(unknownScopes(complaint(detail), [ofA, transferScope, ofB]), [ofA, ofB]);
});

test('takes no scope for unknown that was not named', () => {
  assert.deepEqual(unknownScopes(complaint("requested unknown scopes: ['https://other']"), [ofA]), []);
  assert.deepEqual(unknownScopes(complaint('something else'), [ofA]), []);
  assert.deepEqual(unknownScopes({ errors: [{ code: 'OTHER', detail: `'${ofA}'` }] }, [ofA]), []);
  assert.deepEqual(unknownScopes(undefined, [ofA]), []);
  // A longer collection id with the same start is another collection.
  assert.deepEqual(
    unknownScopes(complaint("requested unknown scopes: ['https://auth.globus.org/scopes/A']"), [ofA]),
    [],
  );
});
