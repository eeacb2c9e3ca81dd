import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Unavailable } from '../../../platform/unavailable.ts';
import { refusalOf, scopesToConsent } from '../../../transfer-service/globus/refusals.ts';

function answer(status: number, body: unknown) {
  return { status, headers: {}, body: typeof body === 'string' ? body : JSON.stringify(body) };
}

test('what Globus will refuse again is a refusal with its code', () => {
  const cases: readonly (readonly [status: number, code: string])[] = [
    [400, 'ClientError.BadRequest.NoTransferItems'],
    [403, 'PermissionDenied'],
    [403, 'EndpointPermissionDenied'],
    [403, 'ConsentRequired'],
    [403, 'AuthPolicyFailed'],
    [404, 'EndpointNotFound'],
    [409, 'ClientError.Conflict'],
  ];
  for (const [status, code] of cases) {
    assert.deepEqual(refusalOf(answer(status, { code, message: 'because' })), {
      kind: 'refused',
      code,
      message: 'because',
    });
  }
});

test('what says nothing about the request is an outage', () => {
  const cases: readonly (readonly [status: number, body: unknown, reason: string])[] = [
    [401, { code: 'ClientError.AuthenticationFailed', message: '' }, 'misconfigured'],
    [409, { code: 'ClientError.Conflict.TooManyPendingJobs', message: '' }, 'busy'],
    [403, '<html>a proxy in between</html>', 'bad_answer'],
    [404, {}, 'bad_answer'],
    [302, { code: 'x' }, 'bad_answer'],
  ];
  for (const [status, body, reason] of cases) {
    assert.throws(
      () => refusalOf(answer(status, body)),
      (error) => error instanceof Unavailable && error.reason === reason,
    );
  }
});

test('only a ConsentRequired names scopes to ask for', () => {
  const consent = { code: 'ConsentRequired', message: '', required_scopes: ['a'] };
  assert.deepEqual(scopesToConsent(answer(403, consent)), ['a']);
  assert.equal(scopesToConsent(answer(400, consent)), undefined);
  assert.equal(scopesToConsent(answer(403, { ...consent, code: 'PermissionDenied' })), undefined);
});

test('missing scopes are read wherever a part of Globus names them, each once', () => {
  const bodies = [
    { required_scopes: ['a', 'b'] },
    { authorization_parameters: { required_scopes: ['a', 'b'] } },
    { required_scopes: ['a'], authorization_parameters: { required_scopes: ['a', 'b'] } },
    { required_scope: 'a', authorization_parameters: { required_scope: 'b' } },
    { required_scopes: 'not a list', authorization_parameters: { required_scopes: ['a', 'b'] } },
  ];
  for (const body of bodies) {
    const consent = answer(403, { code: 'ConsentRequired', message: '', ...body });
    assert.deepEqual(scopesToConsent(consent), ['a', 'b']);
    assert.deepEqual(refusalOf(consent).scopes, ['a', 'b']);
  }
  assert.deepEqual(
    scopesToConsent(answer(403, { code: 'ConsentRequired', authorization_parameters: 7 })),
    [],
  );
});
