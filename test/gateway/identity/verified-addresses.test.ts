import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  addressKindOf,
  isVerified,
  withoutUnverified,
} from '../../../gateway/identity/verified-addresses.ts';

describe('an address', () => {
  const paths = ['email', 'profile.email', 'https://lab.org/email', 'urn:lab:email', 'a.phone_number'];
  for (const path of paths)
    it(`at ${path} is one`, () => {
      assert.notEqual(addressKindOf(path), undefined);
    });

  for (const path of ['preferred_username', 'email_verified', 'emails', 'workemail', 'email.x', ''])
    it(`at ${path} is none`, () => {
      assert.equal(addressKindOf(path), undefined);
    });

  for (const [flag, verified] of [
    [true, true],
    ['true', true],
    [false, false],
    ['false', false],
    [undefined, false],
    [null, false],
    ['', false],
    [1, false],
    ['yes', false],
    [[true], false],
    [{}, false],
  ] as const)
    it(`with the flag ${JSON.stringify(flag)} is ${verified ? '' : 'not '}verified`, () => {
      const claims = { email: 'a@lab.org', email_verified: flag };
      assert.equal(isVerified(claims, 'email', []), verified);
      assert.equal(isVerified({ profile: claims }, 'profile.email', []), verified);
      assert.deepEqual(Object.keys(withoutUnverified(claims, [])).includes('email'), verified);
    });

  it('goes by its own flag alone', () => {
    const claims = { email_verified: true, phone_number_verified: 'true', profile: {} };
    assert.equal(isVerified(claims, 'phone_number', []), true);
    assert.equal(isVerified(claims, 'profile.email', []), false);
    assert.equal(isVerified({ email_verified: true }, 'phone_number', []), false);
  });

  it('is believed where the provider vouches for that kind', () => {
    assert.equal(isVerified({}, 'email', ['email']), true);
    assert.equal(isVerified({ email_verified: false }, 'email', ['email']), true);
    assert.equal(isVerified({}, 'phone_number', ['email']), false);
  });
});

describe('claims without unverified addresses', () => {
  it('are the same object where nothing has to go', () => {
    const claims = { email: 'a@lab.org', email_verified: true, groups: ['it'], deep: { list: [{ a: 1 }] } };
    assert.equal(withoutUnverified(claims, []), claims);
    const unverified = { email: 'a@lab.org' };
    assert.equal(withoutUnverified(unverified, ['email', 'phone_number']), unverified);
  });

  it('lack them at every depth, and keep everything else', () => {
    const claims = JSON.parse(`{
      "email": "a@lab.org", "name": "A", "__proto__": { "own": 1 },
      "profile": { "email": "b@lab.org", "email_verified": "true", "phone_number": "1", "keep": [1, null] },
      "accounts": [{ "email": "c@lab.org", "id": 7 }]
    }`);
    assert.deepEqual(
      withoutUnverified(claims, []),
      JSON.parse(`{
        "name": "A", "__proto__": { "own": 1 },
        "profile": { "email": "b@lab.org", "email_verified": "true", "keep": [1, null] },
        "accounts": [{ "id": 7 }]
      }`),
    );
  });
});
