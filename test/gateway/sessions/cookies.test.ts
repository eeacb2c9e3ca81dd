import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  clearSessionCookie,
  cookiePlace,
  defaultCookieRules,
  isOwnCookie,
  ownCookieName,
  readCookie,
  readSessionId,
  writeOwnCookie,
  writeSessionCookie,
} from '../../../gateway/sessions/cookies.ts';

const id = 'A'.repeat(43);
const other = 'B'.repeat(43);
const at = (name: string, scheme: 'http' | 'https' = 'https', port?: number) => ({
  scheme,
  host: { name, port },
});
const place = cookiePlace(defaultCookieRules, at('grafana.lab.org'));

describe('the session cookie', () => {
  it('is for one host, out of reach for scripts, and sent over TLS alone', () => {
    assert.equal(
      writeSessionCookie(place, id),
      `__Host-beamgate=${id}; Path=/; HttpOnly; SameSite=Lax; Secure`,
    );
    assert.equal(
      clearSessionCookie(place),
      '__Host-beamgate=; Path=/; HttpOnly; SameSite=Lax; Secure; Max-Age=0',
    );
  });

  it('goes without the prefix over plain http alone, and only where the config says insecure', () => {
    const insecure = { insecure: true, domain: undefined };
    assert.equal(
      writeSessionCookie(cookiePlace(insecure, at('lab', 'http')), id),
      `beamgate=${id}; Path=/; HttpOnly; SameSite=Lax`,
    );
    assert.equal(cookiePlace(insecure, at('lab')).name, '__Host-beamgate');
    assert.equal(cookiePlace(defaultCookieRules, at('localhost', 'http')).name, '__Host-beamgate');
  });

  it('counts for a host on every port: browsers show it to all of them', () => {
    assert.deepEqual(cookiePlace(defaultCookieRules, at('grafana.lab.org', 'https', 8443)), place);
  });

  it('is shared below cookieDomain, and by no host that only ends alike', () => {
    const shared = { insecure: false, domain: 'lab.org' };
    for (const host of ['lab.org', 'grafana.lab.org']) {
      const { name, attributes, host: counts } = cookiePlace(shared, at(host));
      assert.deepEqual(
        [name, attributes, counts],
        ['__Secure-beamgate', 'Path=/; HttpOnly; SameSite=Lax; Secure; Domain=lab.org', '.lab.org'],
      );
    }
    assert.equal(cookiePlace(shared, at('evillab.org')).name, '__Host-beamgate');
  });
});

describe('the session id of a request', () => {
  for (const [what, headers, expected] of [
    ['is read among others', ['Cookie', `a=1; __Host-beamgate=${id}; b=2`], id],
    ['is read where HTTP/2 has split the cookies', ['Cookie', 'a=1', 'cookie', `__Host-beamgate=${id}`], id],
    ['is none without cookies', [], undefined],
    [
      'is none where there are two: one was planted',
      ['Cookie', `__Host-beamgate=${id}; __Host-beamgate=${other}`],
      undefined,
    ],
    [
      'is none where there are two headers with one each',
      ['Cookie', `__Host-beamgate=${id}`, 'Cookie', `__Host-beamgate=${id}`],
      undefined,
    ],
    ['is none where one of two is no id', ['Cookie', `__Host-beamgate=${id}; __Host-beamgate=x`], undefined],
    ['is not read from a cookie without the prefix', ['Cookie', `beamgate=${id}`], undefined],
    ['is not read from a cookie of another prefix', ['Cookie', `__Secure-beamgate=${id}`], undefined],
    ['is not read from a name in other letters', ['Cookie', `__host-beamgate=${id}`], undefined],
    ['is none where it is too short', ['Cookie', `__Host-beamgate=${id.slice(1)}`], undefined],
    ['is none where it is too long', ['Cookie', `__Host-beamgate=${id}A`], undefined],
    ['is none where it is quoted', ['Cookie', `__Host-beamgate="${id}"`], undefined],
    ['is none where it holds what no id does', ['Cookie', `__Host-beamgate=${id.slice(1)}=`], undefined],
    ['is none where it is empty', ['Cookie', '__Host-beamgate='], undefined],
  ] as const)
    it(what, () => {
      assert.equal(readSessionId(headers, place), expected);
    });
});

describe('other cookies of the gateway', () => {
  it('have names of their own under the same prefix', () => {
    assert.equal(ownCookieName('nonce', defaultCookieRules, 'https'), '__Host-beamgate-nonce');
    assert.equal(ownCookieName('nonce', { insecure: true }, 'http'), 'beamgate-nonce');
    assert.equal(
      writeOwnCookie({ name: '__Host-beamgate-nonce', value: 'n', maxAgeSeconds: 600 }),
      '__Host-beamgate-nonce=n; Path=/; HttpOnly; SameSite=Lax; Secure; Max-Age=600',
    );
    assert.equal(readCookie(['Cookie', '__Host-beamgate-nonce=n'], '__Host-beamgate-nonce'), 'n');
  });

  it('are told from those of the apps', () => {
    for (const cookie of [
      '__Host-beamgate=x',
      '__Secure-beamgate=x',
      '__HOST-BEAMGATE-nonce=x',
      '__Host-beamgate',
      'beamgate=x',
      'beamgate-nonce=x',
      'beamgate =x',
      // Two Cookie headers as Envoy asks with them.
      'a=1,__Host-beamgate=x',
      'a=1, beamgate=x',
    ])
      assert.equal(isOwnCookie(cookie), true, cookie);
    for (const cookie of ['session=x', 'beamgates=x', 'x=beamgate', 'x=y,z', '__Host-other=x'])
      assert.equal(isOwnCookie(cookie), false, cookie);
  });
});
