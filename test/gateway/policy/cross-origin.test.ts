import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { guardOrigin, isFromElsewhere, originOf } from '../../../gateway/policy/cross-origin.ts';
import type { Allow, Credential, RawHeaders } from '../../../gateway/types.ts';
import { sampleApp, sampleIdentity, sampleRequest, sampleRule } from '../samples.ts';

const own = 'https://lab.org';
const allowed: ReadonlySet<string> = new Set(['https://portal.lab.org']);

const fetched = (site: string, origin?: string): RawHeaders => [
  'Sec-Fetch-Site',
  site,
  ...(origin === undefined ? [] : ['Origin', origin]),
];

describe('a request that changes something by a session', () => {
  for (const [what, headers, expected] of [
    ['is the page’s own where the browser says so', fetched('same-origin', own), false],
    ['is the page’s own without an origin', fetched('same-origin'), false],
    ['is from elsewhere where it is only the same site', fetched('same-site', 'https://evil.lab.org'), true],
    ['is from elsewhere where it is another site', fetched('cross-site', 'https://evil.org'), true],
    ['is from elsewhere where a redirect led through another origin', fetched('same-site', own), true],
    ['is from elsewhere where no page made it', fetched('none'), true],
    [
      'is from elsewhere where the browser says two things',
      ['Sec-Fetch-Site', 'same-origin', 'Sec-Fetch-Site', 'none'],
      true,
    ],
    ['is its own by its origin where the browser is old', ['Origin', own], false],
    ['is from elsewhere by its origin', ['Origin', 'https://evil.lab.org'], true],
    ['is from elsewhere by an origin that only begins alike', ['Origin', 'https://lab.org.evil.org'], true],
    ['is from elsewhere by another scheme', ['Origin', 'http://lab.org'], true],
    ['is from elsewhere by another port', ['Origin', 'https://lab.org:8443'], true],
    ['is from elsewhere without a word of where from', [], true],
    ['is from elsewhere from an origin that is hidden', ['Origin', 'null'], true],
    ['is from elsewhere with two origins', ['Origin', own, 'Origin', own], true],
    ['is accepted from an origin of allowedOrigins', fetched('same-site', 'https://portal.lab.org'), false],
    ['is accepted from one by an old browser', ['Origin', 'https://portal.lab.org'], false],
    [
      'is not from an origin of allowedOrigins where that stands there twice',
      ['Origin', 'https://portal.lab.org', 'Origin', 'https://evil.org'],
      true,
    ],
  ] as const)
    it(what, () => {
      const asked = { method: 'POST', isUpgrade: false, headers };
      assert.equal(isFromElsewhere(asked, { own, allowed }), expected);
    });

  it('is told by its method: those that change nothing may come from anywhere', () => {
    const headers = fetched('cross-site', 'https://evil.org');
    const judged = (method: string | undefined, isUpgrade = false) =>
      isFromElsewhere({ method, isUpgrade, headers }, { own, allowed });
    for (const method of ['GET', 'HEAD', 'OPTIONS']) assert.equal(judged(method), false, method);
    for (const method of ['POST', 'PUT', 'PATCH', 'DELETE', 'PROPFIND', undefined])
      assert.equal(judged(method), true, String(method));
    assert.equal(judged('GET', true), true, 'a page reads what comes over a WebSocket');
  });
});

describe('the origin of an address', () => {
  it('has the scheme of its URL, the host that was asked, and a port that is not the scheme’s', () => {
    assert.equal(originOf('https://lab.org/x', { name: 'lab.org', port: undefined }), 'https://lab.org');
    assert.equal(originOf('https://lab.org/x', { name: 'lab.org', port: 443 }), 'https://lab.org');
    assert.equal(originOf('https://*.lab.org', { name: 'a.lab.org', port: 8443 }), 'https://a.lab.org:8443');
    assert.equal(originOf('http://localhost:80', { name: 'localhost', port: 80 }), 'http://localhost');
  });
});

describe('the guard', () => {
  const app = sampleApp();
  const rule = sampleRule();
  const identity = sampleIdentity();
  const allow: Allow = {
    outcome: 'allow',
    reason: 'signed_in',
    app,
    rule,
    identity,
    credentialHeader: 'cookie',
  };
  const session: Credential = { kind: 'session', header: 'cookie', id: 'x', host: 'lab.org' };
  const posted = sampleRequest({ method: 'POST', headers: fetched('same-site', 'https://evil.lab.org') });

  it('refuses what a session would let pass', () => {
    assert.deepEqual(guardOrigin(allow, session, posted), {
      outcome: 'forbid',
      reason: 'cross_origin',
      app,
      rule,
      identity,
    });
  });

  it('leaves other credentials alone: no browser sends them by itself', () => {
    const bearer: Credential = { kind: 'bearer', header: 'authorization', token: 't' };
    assert.equal(guardOrigin(allow, bearer, posted), allow);
  });

  it('leaves alone what nobody’s name goes with', () => {
    const open: Allow = { ...allow, reason: 'public', identity: undefined };
    assert.equal(guardOrigin(open, session, posted), open);
  });
});
