import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  json,
  renderAllow,
  renderAuthenticate,
  renderBug,
  renderForbid,
  renderMalformed,
  renderOutage,
} from '../../../gateway/proxies/render.ts';
import { refusalReasons } from '../../../gateway/reasons.ts';
import { cookiePlace } from '../../../gateway/sessions/cookies.ts';
import type { Answer, Authenticate, Forbid, ForwardedRequest, RawHeaders } from '../../../gateway/types.ts';
import { sampleApp, sampleIdentity, sampleRequest, sampleRule, sampleSite, valuesIn } from '../samples.ts';

const site = sampleSite();
const browser: RawHeaders = ['Sec-Fetch-Mode', 'navigate'];
const authenticate: Authenticate = {
  outcome: 'authenticate',
  reason: 'no_credential',
  app: sampleApp({ name: 'grafana' }),
  rule: sampleRule(),
};
const forbid: Forbid = {
  outcome: 'forbid',
  reason: 'not_permitted',
  app: sampleApp({ title: '<Grafana>' }),
  rule: sampleRule(),
  identity: sampleIdentity({ username: '<script>alert(1)</script>' }),
};

function bodyOf(answer: Answer): Record<string, unknown> {
  assert.deepEqual(valuesIn(answer.headers, 'content-type'), ['application/json; charset=utf-8']);
  return JSON.parse(answer.body);
}

function refusal(answer: Answer): readonly unknown[] {
  const { message, reason, requestId } = bodyOf(answer);
  assert.ok(typeof message === 'string' && message !== '', 'the Ingestor crashes without a message');
  assert.deepEqual(valuesIn(answer.headers, 'cache-control'), ['no-store']);
  return [answer.status, reason, requestId];
}

describe('allow', () => {
  it('is 200 with the identity headers and what is left of the credentials', () => {
    const passport = { identityHeaders: ['X-Auth-Username', 'alice'], credentialHeaders: ['Cookie', 'a=b'] };
    assert.deepEqual(renderAllow(passport), {
      status: 200,
      headers: ['X-Auth-Username', 'alice', 'Cookie', 'a=b'],
      body: '',
    });
  });
});

describe('authenticate', () => {
  const ask = (overrides: Partial<ForwardedRequest> = {}, decision = authenticate): Answer =>
    renderAuthenticate(decision, sampleRequest(overrides), site);

  it('a navigation is 302 to the sign-in page, with where it wanted to go', () => {
    for (const method of ['GET', 'HEAD']) {
      const answer = ask({ headers: browser, method, target: '/grafana/d/1?from=now&to=a%20b' });
      assert.equal(answer.status, 302);
      const [location = ''] = valuesIn(answer.headers, 'location');
      const url = new URL(location);
      assert.equal(url.origin + url.pathname, 'https://lab.org/sso/login');
      assert.deepEqual(
        [url.searchParams.get('app'), url.searchParams.get('return_to')],
        ['grafana', 'https://lab.org/grafana/d/1?from=now&to=a%20b'],
      );
      assert.equal(answer.body, '');
      assert.deepEqual(valuesIn(answer.headers, 'cache-control'), ['no-store']);
    }
  });

  it('wants to go back without its query where the address is longer than anybody is led back to', () => {
    const wanted = (target: string) => {
      const [location = ''] = valuesIn(ask({ headers: browser, target }).headers, 'location');
      return new URL(location).searchParams.get('return_to');
    };
    const longest = `/grafana/?${'<'.repeat(6000 - 'https://lab.org/grafana/?'.length)}`;
    assert.equal(wanted(longest), `https://lab.org${longest}`);
    assert.equal(wanted(`${longest}<`), 'https://lab.org/grafana/');
  });

  it('wants to go back with the prefix that the proxy has removed', () => {
    const app = sampleApp({ url: 'https://lab.org/api', prefix: ['api'], stripped: true });
    const request = sampleRequest({ headers: browser, target: '/v1?x' });
    const [location = ''] = valuesIn(
      renderAuthenticate({ ...authenticate, app }, request, site, undefined).headers,
      'location',
    );
    assert.equal(new URL(location).searchParams.get('return_to'), 'https://lab.org/api/v1?x');
  });

  describe('on an app’s host', () => {
    const cookies = { insecure: false, domain: undefined };
    const ownPlace = cookiePlace(cookies, sampleRequest({ host: { name: 'lab.org', port: undefined } }));
    const made = 'm'.repeat(43);
    const handover = { cookies, ownPlace, makeNonce: () => made, hashOf: (text: string) => `hash-${text}` };
    const lead = (host: string, headers: RawHeaders = []) =>
      renderAuthenticate(
        authenticate,
        sampleRequest({ headers: [...browser, ...headers], host: { name: host, port: undefined } }),
        sampleSite({ handover }),
        undefined,
      );
    const handoverOf = (answer: Answer) =>
      new URL(valuesIn(answer.headers, 'location')[0] ?? '').searchParams.get('handover');

    it('gives the browser a nonce, whose hash goes along', () => {
      const answer = lead('app.org');
      assert.equal(handoverOf(answer), `hash-${made}`);
      assert.deepEqual(valuesIn(answer.headers, 'set-cookie'), [
        `__Host-beamgate-nonce=${made}; Path=/; HttpOnly; SameSite=Lax; Secure; Max-Age=600`,
      ]);
    });

    it('keeps the nonce of tabs that are on their way, if it is one, and one only', () => {
      const known = 'k'.repeat(43);
      const cookie = `__Host-beamgate-nonce=${known}`;
      assert.equal(handoverOf(lead('app.org', ['Cookie', cookie])), `hash-${known}`);
      for (const other of ['__Host-beamgate-nonce=x', `${cookie}; ${cookie}`])
        assert.equal(handoverOf(lead('app.org', ['Cookie', other])), `hash-${made}`);
    });

    it('needs none where it is the gateway’s own', () => {
      const answer = lead('lab.org');
      assert.deepEqual([handoverOf(answer), valuesIn(answer.headers, 'set-cookie')], [null, []]);
    });
  });

  it('anything else is 401 with the same address in JSON', () => {
    const others: readonly Partial<ForwardedRequest>[] = [
      { headers: browser, method: 'POST' },
      { headers: browser, isUpgrade: true },
      { headers: ['Accept', '*/*'] },
      { headers: [...browser, 'X-Requested-With', 'XMLHttpRequest'] },
    ];
    for (const other of others) {
      const answer = ask(other);
      assert.deepEqual(refusal(answer), [401, 'no_credential', 'r1']);
      assert.match(
        String(bodyOf(answer).loginUrl),
        /^https:\/\/lab\.org\/sso\/login\?app=grafana&return_to=https%3A/,
      );
      assert.deepEqual(valuesIn(answer.headers, 'www-authenticate'), ['Bearer realm="beamgate"']);
      assert.deepEqual(valuesIn(answer.headers, 'location'), []);
    }
  });

  it('with a credential that was rejected says so', () => {
    const answer = ask({}, { ...authenticate, reason: 'token_expired' });
    assert.deepEqual(refusal(answer), [401, 'token_expired', 'r1']);
    assert.deepEqual(valuesIn(answer.headers, 'www-authenticate'), [
      'Bearer realm="beamgate", error="invalid_token"',
    ]);
  });

  it('leads to one absolute address, whatever stands in the request', () => {
    const hostile = [
      '/\\evil.org',
      '//evil.org',
      '/?a\r\nSet-Cookie: x=1',
      '/@evil.org',
      '/#@evil',
      '/\u00e9"><script>',
    ];
    for (const target of hostile) {
      const answer = ask({ headers: browser, target, host: { name: '[::1]', port: 8443 } });
      const [location = ''] = valuesIn(answer.headers, 'location');
      assert.match(location, /^https:\/\/lab\.org\/sso\/login\?[A-Za-z0-9%&=+._*-]+$/);
      const wanted = new URL(location).searchParams.get('return_to');
      assert.equal(wanted, `https://[::1]:8443${target}`);
    }
  });
});

describe('forbid', () => {
  it('is 403, a page for a person', () => {
    const answer = renderForbid(forbid, sampleRequest({ headers: browser }), site, 'K7WX-2MPQ');
    assert.equal(answer.status, 403);
    assert.match(answer.body, /K7WX-2MPQ/);
    assert.deepEqual(valuesIn(answer.headers, 'content-type'), ['text/html; charset=utf-8']);
    assert.match(valuesIn(answer.headers, 'content-security-policy')[0] ?? '', /default-src 'none'/);
    assert.match(answer.body, /not_permitted/);
    assert.match(answer.body, /r1/);
  });

  it('shows nothing on the page as HTML that came from elsewhere', () => {
    const { body } = renderForbid(forbid, sampleRequest({ headers: browser }), site);
    assert.doesNotMatch(body, /<script|<Grafana/);
    assert.match(body, /&lt;script&gt;alert\(1\)/);
  });

  it('is 403 in JSON for anything else, without who it is', () => {
    const answer = renderForbid(forbid, sampleRequest(), site);
    assert.deepEqual(refusal(answer), [403, 'not_permitted', 'r1']);
    assert.deepEqual(Object.keys(bodyOf(answer)).sort(), ['message', 'reason', 'requestId']);
    assert.equal(bodyOf(renderForbid(forbid, sampleRequest(), site, 'K7WX-2MPQ')).code, 'K7WX-2MPQ');
  });
});

describe('malformed, outage, bug', () => {
  it('malformed is 400 and says what is', () => {
    const answer = renderMalformed({ outcome: 'malformed', reason: 'invalid_path', detail: 'why' }, 'r1');
    assert.deepEqual(refusal(answer), [400, 'invalid_path', 'r1']);
    assert.equal(bodyOf(answer).details, 'why');
  });

  it('an outage is 503 with Retry-After', () => {
    const answer = renderOutage('unavailable', { requestId: 'r1', retryAfterSeconds: 5 });
    assert.deepEqual(refusal(answer), [503, 'unavailable', 'r1']);
    assert.deepEqual(valuesIn(answer.headers, 'retry-after'), ['5']);
    assert.deepEqual(refusal(renderOutage('busy', { requestId: 'r1', retryAfterSeconds: 2 })), [
      503,
      'busy',
      'r1',
    ]);
  });

  it('a bug is 500 and says nothing', () => {
    const answer = renderBug('r1');
    assert.deepEqual(refusal(answer), [500, 'internal_error', 'r1']);
    assert.deepEqual(Object.keys(bodyOf(answer)).sort(), ['message', 'reason', 'requestId']);
  });

  it('every reason has a message of its own', () => {
    const answers = ['no_app', 'no_rule', 'invalid_path', 'not_found', 'peer_not_trusted'] as const;
    const messages = answers.map((reason) => bodyOf(json(400, { reason, requestId: 'r' })).message);
    assert.equal(new Set(messages).size, answers.length);
    assert.ok(refusalReasons.length > 30);
  });
});
