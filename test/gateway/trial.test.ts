// A trial decides as a real request would be decided: how somebody proves who they are, what stands in headers, and how
// much an identity carries.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type LoadedTrial, loadTrial } from './trials.ts';

const file = `publicUrl: https://lab.org/sso
providers:
  scicat: { kind: scicat, url: https://scicat.lab.org }
  sso: { kind: oidc, issuer: https://sso.lab.org, acceptTokensFor: [x] }
apps:
  any: { url: https://lab.org/any, allow: signed-in }
  people: { url: https://lab.org/people, credentials: [session], allow: signed-in }
  programs: { url: https://lab.org/programs, credentials: [bearer, header], allow: signed-in }
  sso: { url: https://lab.org/only-sso, providers: [sso], allow: signed-in }
  api:
    url: https://lab.org/api
    preflight: pass
    rules: [{ methods: [GET, PUT], allow: signed-in }, { methods: [DELETE], allow: nobody }]
`;
const ann = { user: 'ann', groups: [], roles: [], realm: undefined };
const preflight = (method: string) => ({ Origin: 'https://o.org', 'Access-Control-Request-Method': method });

describe('a trial', () => {
  const table: readonly (readonly [string, LoadedTrial, string])[] = [
    ['GET https://lab.org/any', { who: ann }, 'allow signed_in'],
    ['GET https://lab.org/any', { who: ann, credential: 'bearer' }, 'allow signed_in'],
    ['GET https://lab.org/any', { who: ann, credential: 'header' }, 'allow signed_in'],
    ['GET https://lab.org/any', { who: ann, credential: 'session' }, 'allow signed_in'],
    ['GET https://lab.org/any', { who: ann, credential: 'basic' }, 'authenticate no_credential'],
    ['GET https://lab.org/any', {}, 'authenticate no_credential'],
    ['GET https://lab.org/any', { credential: 'bearer' }, 'authenticate token_refused'],
    ['GET https://lab.org/people', { who: ann }, 'allow signed_in'],
    ['GET https://lab.org/people', { who: ann, credential: 'session' }, 'allow signed_in'],
    ['GET https://lab.org/people', { who: ann, credential: 'bearer' }, 'authenticate no_credential'],
    ['POST https://lab.org/people', { who: ann, credential: 'session' }, 'forbid cross_origin'],
    [
      'POST https://lab.org/people',
      { who: ann, credential: 'session', headers: { Origin: 'https://lab.org' } },
      'allow signed_in',
    ],
    [
      'POST https://lab.org/people',
      { who: ann, credential: 'session', headers: { 'Sec-Fetch-Site': 'same-site' } },
      'forbid cross_origin',
    ],
    ['GET https://lab.org/programs', { who: ann, credential: 'session' }, 'authenticate no_credential'],
    ['GET https://lab.org/programs', { who: ann, credential: 'header' }, 'allow signed_in'],
    [
      'GET https://lab.org/only-sso',
      { who: ann, credential: 'header' },
      'authenticate provider_not_accepted',
    ],
    ['GET https://lab.org/only-sso', { who: ann, credential: 'bearer' }, 'allow signed_in'],
    [
      'GET https://lab.org/any',
      { who: ann, headers: { Authorization: 'nonsense' } },
      'authenticate credential_malformed',
    ],
    ['GET https://lab.org/any', { who: ann, headers: { authorization: 'Bearer x' } }, 'allow signed_in'],
    [
      'GET https://lab.org/any',
      { who: ann, headers: { authorization: 'Bearer x' }, credential: 'bearer' },
      'malformed repeated_credential',
    ],
    ['OPTIONS https://lab.org/api', { headers: preflight('PUT') }, 'allow preflight'],
    ['OPTIONS https://lab.org/api', { headers: preflight('DELETE') }, 'forbid nobody_allowed'],
    ['OPTIONS https://lab.org/api', { headers: preflight('PATCH') }, 'forbid no_rule'],
    ['OPTIONS https://lab.org/api', {}, 'forbid no_rule'],
    ['OPTIONS https://lab.org/any', { headers: preflight('PUT') }, 'authenticate no_credential'],
    [
      'GET https://lab.org/api',
      { who: ann, headers: { 'X-HTTP-Method-Override': 'DELETE' } },
      'malformed method_override',
    ],
    [
      'GET https://lab.org/any',
      { who: ann, headers: { X_Auth_Username: 'root' } },
      'malformed identity_header_from_outside',
    ],
    ['GET https://lab.org/any', { who: { ...ann, groups: groups(300) } }, 'allow signed_in'],
    ['GET https://lab.org/any', { who: { ...ann, groups: groups(1000) } }, 'forbid identity_too_large'],
  ];
  for (const [request, trial, expected] of table)
    it(`of ${request} with ${describeTrial(trial)} is ${expected}`, async () => {
      const { decision } = await loadTrial(file, request, trial);
      assert.equal(`${decision.outcome} ${decision.reason}`, expected);
    });
});

function groups(count: number): readonly string[] {
  return Array.from({ length: count }, (_, at) => `g${at}`);
}

function describeTrial({ who, credential, headers }: LoadedTrial): string {
  const held = who === undefined ? 'nobody' : `ann of ${who.groups.length} groups`;
  return [held, credential ?? 'whatever is read', ...Object.keys(headers ?? {})].join(', ');
}
