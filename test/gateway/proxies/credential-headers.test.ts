import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { remainingCredentials } from '../../../gateway/proxies/credential-headers.ts';
import type { RawHeaders } from '../../../gateway/types.ts';
import { sampleApp, sampleSite } from '../samples.ts';

const site = sampleSite();

describe('what is left of a request’s credentials', () => {
  const headers: RawHeaders = [
    'authorization',
    'Bearer a',
    'SciCat-API-Key',
    'b',
    'Cookie',
    'x=1; __Host-beamgate=s; y="2"',
    'X-Other',
    'z',
  ];
  const left = (used: string | undefined, keep: string[] = [], given: RawHeaders = headers) =>
    remainingCredentials({ headers: given }, sampleApp({ keep: new Set(keep) }), used, site);

  it('is every cookie for the gateway’s own pages, which the proxy asks about too', () => {
    const cookies = ['Cookie', 'x=1; __Host-beamgate=a; __Host-beamgate-login-b=c'];
    const own = sampleApp({ name: 'beamgate' });
    assert.deepEqual(remainingCredentials({ headers: cookies }, own, undefined, site), cookies);
  });

  it('is all that the gateway did not read, and no cookie of ours', () => {
    assert.deepEqual(left(undefined), [
      'Authorization',
      'Bearer a',
      'Cookie',
      'x=1; y="2"',
      'Scicat-Api-Key',
      'b',
    ]);
    assert.deepEqual(left('authorization'), ['Cookie', 'x=1; y="2"', 'Scicat-Api-Key', 'b']);
    assert.deepEqual(left('scicat-api-key'), ['Authorization', 'Bearer a', 'Cookie', 'x=1; y="2"']);
  });

  it('has the one that was read where the app keeps it', () => {
    assert.deepEqual(left('authorization', ['authorization']).slice(0, 2), ['Authorization', 'Bearer a']);
  });

  it('holds every value of a header that stands there twice, in its order', () => {
    const twice = ['Authorization', 'Basic a', 'AUTHORIZATION', 'Basic b'];
    assert.deepEqual(left(undefined, [], twice), ['Authorization', 'Basic a', 'Authorization', 'Basic b']);
  });

  const cookies: readonly (readonly [string, readonly string[]])[] = [
    ['a=1', ['Cookie', 'a=1']],
    ['a=1;b=2;;  c=3 ;', ['Cookie', 'a=1; b=2; c=3']],
    ['__Host-beamgate=x', []],
    ['__host-BEAMGATE-nonce=x; __Secure-beamgate=y', []],
    ['a=1; __Host-beamgate-session=x', ['Cookie', 'a=1']],
    ['a=__Host-beamgate', ['Cookie', 'a=__Host-beamgate']],
    ['beamgates=x; __Host-other=y', ['Cookie', 'beamgates=x; __Host-other=y']],
    ['beamgate=x; beamgate-nonce=y', []],
    ['', []],
    [' ; ', []],
  ];
  for (const [cookie, expected] of cookies)
    it(`of the cookies ${JSON.stringify(cookie)} is ${JSON.stringify(expected)}`, () => {
      assert.deepEqual(left(undefined, [], ['Cookie', cookie]), expected);
    });

  it('joins cookies of several headers', () => {
    assert.deepEqual(left(undefined, [], ['Cookie', 'a=1', 'Cookie', '__Host-beamgate=s', 'cookie', 'b=2']), [
      'Cookie',
      'a=1; b=2',
    ]);
  });
});
