import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { identityHeaderNames } from '../../../gateway/proxies/identity-headers.ts';
import type { Passport } from '../../../gateway/proxies/render.ts';
import { cleanAnswerHeaders, cleanHeaders } from '../../../gateway/standalone/clean-headers.ts';
import type { RawHeaders } from '../../../gateway/types.ts';
import { sampleRequest } from '../samples.ts';

const nobody: Passport = { identityHeaders: [], credentialHeaders: [] };
const credentialHeaders = ['authorization', 'cookie', 'scicat-api-key'];

function clean(headers: RawHeaders, passport: Passport = nobody, isUpgrade = false): Record<string, unknown> {
  return { ...cleanHeaders(sampleRequest({ headers, isUpgrade }), passport, credentialHeaders) };
}

const own = {
  'x-forwarded-for': '192.0.2.1',
  'x-forwarded-host': 'lab.org',
  'x-forwarded-proto': 'https',
  forwarded: 'for=192.0.2.1;host=lab.org;proto=https',
  'x-request-id': 'r1',
};

describe('the headers that an app receives in standalone mode', () => {
  it('are the client’s own, each as often as it came, and the gateway’s', () => {
    assert.deepEqual(
      clean(['Host', 'lab.org', 'Accept', 'a', 'X-A', '1', 'x-a', '2', 'Transfer-Encoding', 'chunked']),
      {
        host: 'lab.org',
        accept: 'a',
        'x-a': ['1', '2'],
        'transfer-encoding': 'chunked',
        ...own,
      },
    );
  });

  it('are put together in a moment, however many came', () => {
    const distinct = Array.from({ length: 8000 }, (_, at) => [`x${String(at).padStart(4, '0')}a`, '1']);
    const alike = Array.from({ length: 8000 }, () => ['x', '1']);
    for (const pairs of [distinct, alike]) {
      const startedAt = performance.now();
      const headers = clean(pairs.flat());
      assert.ok(performance.now() - startedAt < 250);
      assert.equal(Object.values(headers).flat().length, 8000 + Object.keys(own).length);
    }
  });

  it('say by RFC 7239 too where the request came from, in quotes where there is a colon', () => {
    const request = { clientAddress: '2001:db8::1', host: { name: '[2001:db8::2]', port: 8443 } };
    const headers = cleanHeaders(sampleRequest({ ...request, scheme: 'http' }), nobody, []);
    assert.equal(headers.forwarded, 'for="[2001:db8::1]";host="[2001:db8::2]:8443";proto=http');
    const unknown = cleanHeaders(sampleRequest({ clientAddress: undefined }), nobody, []);
    assert.equal(unknown.forwarded, 'for=unknown;host=lab.org;proto=https');
  });

  it('have no credential but what the passport gives back', () => {
    const headers = ['Authorization', 'Bearer a', 'Cookie', 'a=1; __Host-beamgate=s', 'SciCat-API-Key', 'b'];
    assert.deepEqual(clean(headers), own);
    const passport = {
      identityHeaders: ['X-Auth-Username', 'alice'],
      credentialHeaders: ['Cookie', 'a=1', 'Cookie', 'b=2'],
    };
    assert.deepEqual(clean(headers, passport), {
      ...own,
      cookie: ['a=1', 'b=2'],
      'x-auth-username': 'alice',
    });
  });

  it('lose what is hop-by-hop, or says where the request came from, or that it is another', () => {
    const names = [
      'Connection',
      'Expect',
      'Keep-Alive',
      'Proxy-Authorization',
      'TE',
      'Trailer',
      'Upgrade',
      'Forwarded',
      'X-Real-IP',
      'x_real_ip',
      'X-Forwarded-Anything',
      'X_Forwarded_For',
      'X-Request-Id',
      'Proxy',
      'X-Original-URL',
      'X_Rewrite_URL',
      'X-Original-Host',
      'X-Original-Anything',
      'X-Host',
      'X-HTTP-Host-Override',
      'X-Forwarded',
      'Forwarded-For',
      'Client-IP',
      'Client_IP',
      'Proxy-Client-IP',
      'WL-Proxy-Client-IP',
      'X-Client-IP',
      'X-Cluster-Client-IP',
      'True-Client-IP',
      'CF-Connecting-IP',
      'Fastly-Client-IP',
      'X-Envoy-External-Address',
    ];
    assert.deepEqual(clean(names.flatMap((name) => [name, 'evil'])), own);
  });

  it('keep what merely begins like one of those', () => {
    for (const name of ['x-forwardedby', 'x-originals', 'x-hosted', 'client-ips', 'host'])
      assert.deepEqual(clean([name, '1']), { ...own, [name]: '1' });
  });

  it('lose what Connection names, over several headers and in any case', () => {
    assert.deepEqual(
      clean(['Connection', 'X-A,x-b', 'X-A', '1', 'connection', ' X-C ', 'X-B', '2', 'x-c', '3']),
      own,
    );
  });

  it('say that it is an upgrade where it is one', () => {
    assert.deepEqual(clean(['Upgrade', 'websocket', 'Connection', 'Upgrade'], nobody, true), {
      ...own,
      connection: 'Upgrade',
      upgrade: 'websocket',
    });
  });

  it('hold no identity from outside, whatever the client sends', () => {
    const name = fc.oneof(
      fc.constantFrom(...identityHeaderNames),
      fc.constantFrom('__proto__', 'constructor', 'X-A', 'Connection'),
    );
    const spelled = fc
      .tuple(name, fc.constantFrom('-', '_', '.'))
      .map(([text, mark]) => text.replaceAll('-', mark));
    fc.assert(
      fc.property(fc.array(spelled), (names) => {
        const headers = clean(
          names.flatMap((one) => [one, 'mallory']),
          { ...nobody, identityHeaders: ['X-Auth-Username', 'alice'] },
        );
        assert.equal(headers['x-auth-username'], 'alice');
        for (const [key, value] of Object.entries(headers))
          if (!['__proto__', 'constructor', 'x-a', 'x_a', 'x.a'].includes(key))
            assert.notEqual(value, 'mallory', key);
      }),
    );
  });

  it('may be called as an object’s own parts are', () => {
    const headers = cleanHeaders(
      sampleRequest({ headers: ['__proto__', 'a', '__proto__', 'b', 'constructor', 'c'] }),
      nobody,
      [],
    );
    assert.deepEqual(Object.keys(headers).slice(0, 2), ['__proto__', 'constructor']);
  });
});

describe('the headers that a client receives', () => {
  it('lose what the app says of its own connection', () => {
    const headers = {
      connection: 'close, X-A',
      'keep-alive': 'timeout=5',
      'x-a': '1',
      'x-b': '2',
      'transfer-encoding': 'chunked',
      upgrade: 'h2c',
    };
    cleanAnswerHeaders(headers, 'keep-alive');
    assert.deepEqual(headers, { connection: 'keep-alive', 'x-b': '2', 'transfer-encoding': 'chunked' });
  });

  it('keep what frames the body, though the app names it', () => {
    const headers = { connection: 'Content-Length, Transfer-Encoding', 'content-length': '5' };
    cleanAnswerHeaders(headers, 'close');
    assert.deepEqual(headers, { connection: 'close', 'content-length': '5' });
  });
});
