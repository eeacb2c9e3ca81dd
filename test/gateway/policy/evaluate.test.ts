import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { evaluate } from '../../../gateway/policy/evaluate.ts';
import type { Authentication, Credential, RejectedReason, Requirement } from '../../../gateway/types.ts';
import { sampleApp, sampleIdentity, sampleRule, who } from '../samples.ts';

const bearer: Credential = { kind: 'bearer', header: 'authorization', token: 't' };
const absent: Credential & Authentication = { kind: 'absent' };
const app = sampleApp();
const now = () => 1_800_000_000_000;

function decide(allow: Requirement, authentication: Authentication, credential: Credential = bearer): string {
  const rule = sampleRule({ allow });
  const decision = evaluate({ app, rule, credential }, authentication, now);
  assert.equal('rule' in decision && decision.rule, rule, 'a decision names the rule that made it');
  return `${decision.outcome} ${decision.reason}`;
}

const verified = (overrides: Parameters<typeof sampleIdentity>[0] = {}): Authentication => ({
  kind: 'verified',
  identity: sampleIdentity(overrides),
});

describe('a rule', () => {
  const table: readonly (readonly [string, Requirement, Authentication, string])[] = [
    ['public, nobody there', { kind: 'public' }, absent, 'allow public'],
    [
      'public, a bad token',
      { kind: 'public' },
      { kind: 'rejected', reason: 'token_expired' },
      'allow public',
    ],
    ['public, somebody there', { kind: 'public' }, verified(), 'allow public'],
    ['nobody, nobody there', { kind: 'nobody' }, absent, 'forbid nobody_allowed'],
    ['nobody, somebody there', { kind: 'nobody' }, verified(), 'forbid nobody_allowed'],
    ['signed-in, nobody there', { kind: 'signed-in' }, absent, 'authenticate no_credential'],
    ['signed-in, somebody there', { kind: 'signed-in' }, verified(), 'allow signed_in'],
    ['a user listed', who({ users: ['alice'] }), verified(), 'allow user_listed'],
    ['another user listed', who({ users: ['Alice', 'alice '] }), verified(), 'forbid not_permitted'],
    ['a group', who({ groups: ['it'] }), verified(), 'allow in_group'],
    ['a group in other case', who({ groups: ['IT'] }), verified(), 'forbid not_permitted'],
    ['a role', who({ roles: ['admin'] }), verified(), 'allow has_role'],
    ['a role that is a group', who({ roles: ['it'] }), verified(), 'forbid not_permitted'],
    ['a group that is a user', who({ groups: ['alice'] }), verified(), 'forbid not_permitted'],
    [
      'one of several',
      who({ users: ['bob'], groups: ['x'], roles: ['admin'] }),
      verified(),
      'allow has_role',
    ],
    ['a realm alone', who({ realms: ['scicat'] }), verified(), 'allow in_realm'],
    ['another realm alone', who({ realms: ['keycloak'] }), verified(), 'forbid not_permitted'],
    ['a user of the realm', who({ users: ['alice'], realms: ['scicat'] }), verified(), 'allow user_listed'],
    ['a user of another realm', who({ users: ['alice'], realms: ['x'] }), verified(), 'forbid not_permitted'],
    [
      'a realm, another user',
      who({ users: ['bob'], realms: ['scicat'] }),
      verified(),
      'forbid not_permitted',
    ],
    ['nothing named at all', who(), verified(), 'forbid not_permitted'],
    ['no groups', who({ groups: ['it'] }), verified({ groups: [], roles: [] }), 'forbid not_permitted'],
    [
      'prototype names',
      who({ groups: ['constructor'] }),
      verified({ groups: ['__proto__'] }),
      'forbid not_permitted',
    ],
    ['nobody there', who({ groups: ['it'] }), absent, 'authenticate no_credential'],
    [
      'a provider that the app does not take',
      { kind: 'signed-in' },
      verified({ provider: 'keycloak' }),
      'authenticate provider_not_accepted',
    ],
  ];
  for (const [name, allow, authentication, expected] of table)
    it(`${name}: ${expected}`, () => {
      assert.equal(decide(allow, authentication), expected);
    });

  const rejections: readonly RejectedReason[] = [
    'credential_malformed',
    'credential_unsupported',
    'token_malformed',
    'token_signature_invalid',
    'token_expired',
    'token_not_yet_valid',
    'token_anonymous',
    'token_refused',
    'provider_not_accepted',
  ];
  for (const reason of rejections)
    it(`passes the rejection ${reason} on, and never takes it for the absence of a credential`, () => {
      assert.equal(decide({ kind: 'signed-in' }, { kind: 'rejected', reason }), `authenticate ${reason}`);
      assert.equal(decide(who({ users: ['alice'] }), { kind: 'rejected', reason }), `authenticate ${reason}`);
    });

  it('says which header the credential stood in, so that the app does not see it', () => {
    const allowed = evaluate({ app, rule: sampleRule(), credential: bearer }, verified(), now);
    assert.equal(allowed.outcome === 'allow' && allowed.credentialHeader, 'authorization');
    const open = evaluate(
      { app, rule: sampleRule({ allow: { kind: 'public' } }), credential: bearer },
      verified(),
      now,
    );
    assert.equal(open.outcome === 'allow' && open.credentialHeader, undefined);
    assert.equal(open.outcome === 'allow' && open.identity, undefined);
  });
});

describe('a rule that asks for a fresh or a stronger sign-in', () => {
  const session: Credential = { kind: 'session', header: 'cookie', id: 'x', host: 'lab.org' };
  const fresh = sampleRule({ maxAgeSeconds: 300 });
  const strong = sampleRule({ acr: new Set(['mfa', 'phrh']) });
  const signedIn = (secondsAgo: number, acr?: string): Authentication => ({
    kind: 'verified',
    identity: sampleIdentity({ claims: { auth_time: 0, acr: 'claimed' } }),
    signIn: { authTimeMs: now() - secondsAgo * 1000, acr },
  });
  const byToken = (claims: Record<string, unknown>) => verified({ claims });
  const nowSeconds = now() / 1000;
  for (const [what, rule, authentication, expected] of [
    ['passes somebody who signed in lately', fresh, signedIn(300), 'signed_in'],
    ['asks somebody who signed in before that', fresh, signedIn(301), 'session_too_old'],
    ['believes a token’s auth_time', fresh, byToken({ auth_time: nowSeconds - 300 }), 'signed_in'],
    ['asks where the token’s is too old', fresh, byToken({ auth_time: nowSeconds - 301 }), 'session_too_old'],
    ['asks where a token does not say', fresh, byToken({}), 'session_too_old'],
    ['asks where a token says it as no number', fresh, byToken({ auth_time: 'now' }), 'session_too_old'],
    ['passes one of the ways to sign in', strong, signedIn(9, 'phrh'), 'signed_in'],
    ['asks for another way', strong, signedIn(9, 'pwd'), 'stronger_sign_in_needed'],
    ['asks where nothing is known of the way', strong, signedIn(9), 'stronger_sign_in_needed'],
    ['believes a token’s acr', strong, byToken({ acr: 'mfa' }), 'signed_in'],
    ['asks where a token’s is none of them', strong, byToken({ acr: ['x'] }), 'stronger_sign_in_needed'],
  ] as const)
    it(what, () => {
      const decision = evaluate({ app, rule, credential: session }, authentication, now);
      assert.equal(decision.reason, expected);
    });

  it('does not ask somebody who may not pass anyway', () => {
    const rule = { ...fresh, allow: who({ users: ['bob'] }) };
    assert.equal(evaluate({ app, rule, credential: session }, signedIn(999), now).reason, 'not_permitted');
  });
});
