import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { AppIndex } from '../../../gateway/policy/app-index.ts';
import { match } from '../../../gateway/policy/match.ts';
import { readHost } from '../../../gateway/proxies/forwarded.ts';
import type { AppHost, ForwardedRequest } from '../../../gateway/types.ts';
import { index, patterns, sampleApp, sampleRequest, sampleRule } from '../samples.ts';

const exact = (name: string, port?: number): AppHost => ({ kind: 'exact', name, port });
const below = (suffix: string, port?: number): AppHost => ({ kind: 'below', suffix, port });

/** `app rule`, or the reason why there is none. */
function find(
  apps: AppIndex,
  host: string,
  target: string,
  overrides: Partial<ForwardedRequest> = {},
): string {
  const read = readHost(host);
  if ('outcome' in read) return read.reason;
  const matched = match(sampleRequest({ host: read, target, ...overrides }), apps);
  return matched.outcome === 'matched' ? `${matched.app.name} ${matched.rule.id}` : matched.reason;
}

const appOf = (
  apps: AppIndex,
  host: string,
  target = '/',
  overrides: Partial<ForwardedRequest> = {},
): string => find(apps, host, target, overrides).split(' ')[0] ?? '';

describe('the app', () => {
  const apps = index(
    sampleApp({ name: 'any', host: { kind: 'any' } }),
    sampleApp({ name: 'wide', host: below('.lab.org') }),
    sampleApp({ name: 'narrow', host: below('.a.lab.org') }),
    sampleApp({ name: 'root', host: exact('lab.org') }),
    sampleApp({ name: 'grafana', host: exact('lab.org'), prefix: ['grafana'] }),
    sampleApp({ name: 'deep', host: exact('lab.org'), prefix: ['grafana', 'x'] }),
    sampleApp({ name: 'other-port', host: exact('lab.org', 8443), prefix: ['grafana'] }),
    sampleApp({ name: 'ipv6', host: exact('[2001:db8::1]') }),
    sampleApp({ name: 'ipv4', host: exact('192.0.2.7') }),
    sampleApp({ name: 'exact-below', host: exact('x.lab.org') }),
    sampleApp({ name: 'punycode', host: exact('xn--mnchen-3ya.de') }),
  );

  const table: readonly (readonly [string, string, string])[] = [
    ['lab.org', '/', 'root'],
    ['LAB.Org', '/', 'root'],
    ['lab.org.', '/', 'root'],
    ['lab.org:443', '/', 'root'],
    ['lab.org:1', '/', 'root'],
    ['lab.org.:1', '/', 'root'],
    ['lab.org', '/grafana', 'grafana'],
    ['lab.org', '/grafana/', 'grafana'],
    ['lab.org', '/grafana/y', 'grafana'],
    ['lab.org', '/%67rafana/y', 'grafana'],
    ['lab.org', '/grafana/x/y', 'deep'],
    ['lab.org', '/grafanax', 'root'],
    ['lab.org', '/Grafana', 'root'],
    ['lab.org:8443', '/grafana', 'other-port'],
    ['lab.org:8443', '/grafana/x', 'deep'],
    ['lab.org:8444', '/grafana', 'grafana'],
    ['x.lab.org', '/', 'exact-below'],
    ['y.lab.org', '/', 'wide'],
    ['y.z.lab.org', '/', 'wide'],
    ['y.a.lab.org', '/', 'narrow'],
    ['a.lab.org', '/', 'wide'],
    ['evil-lab.org', '/', 'any'],
    ['lab.org.evil.org', '/', 'any'],
    ['[2001:db8::1]', '/', 'ipv6'],
    ['[2001:DB8:0::0001]:8443', '/', 'ipv6'],
    ['192.0.2.7:80', '/', 'ipv4'],
    ['xn--mnchen-3ya.de', '/', 'punycode'],
    ['__proto__', '/', 'any'],
    ['constructor', '/', 'any'],
  ];
  for (const [host, target, app] of table)
    it(`of ${host}${target} is ${app}`, () => {
      assert.equal(appOf(apps, host, target), app);
    });

  for (const host of [
    '',
    '.',
    'a..b',
    'lab.org:',
    'lab.org:0',
    'lab.org:65536',
    'lab.org:80:80',
    'a b',
    'a,b',
    'a@b',
  ])
    it(`of the host ${JSON.stringify(host)} is none: it is malformed`, () => {
      assert.equal(appOf(apps, host), 'invalid_host');
    });
  for (const host of [
    '[::1',
    '::1',
    '[::g]',
    '[1.2.3.4]',
    '[fe80::1%25eth0]',
    'münchen.de',
    'a/b',
    `${'a'.repeat(256)}`,
  ])
    it(`of the host ${host.slice(0, 20)} is none: it is malformed`, () => {
      assert.equal(appOf(apps, host), 'invalid_host');
    });

  it('is none where no host and no prefix fits', () => {
    const only = index(sampleApp({ host: exact('lab.org'), prefix: ['a'] }));
    assert.equal(appOf(only, 'lab.org', '/b'), 'no_app');
    assert.equal(appOf(only, 'lab.de', '/a'), 'no_app');
    assert.equal(appOf(index(), 'lab.org'), 'no_app');
  });

  it('whose URL names the port of its scheme is found where a browser leaves it out', () => {
    const secure = index(sampleApp({ host: exact('lab.org', 443) }));
    assert.equal(appOf(secure, 'lab.org'), 'app');
    assert.equal(appOf(secure, 'lab.org:443'), 'app');
    assert.equal(appOf(secure, 'lab.org:8443'), 'no_app');
    assert.equal(appOf(secure, 'lab.org', '/', { scheme: 'http' }), 'no_app');
    assert.equal(
      appOf(index(sampleApp({ host: exact('lab.org', 80) })), 'lab.org', '/', { scheme: 'http' }),
      'app',
    );
  });

  it('behind a wildcard that does not have the path leaves it to a wider one', () => {
    const nested = index(
      sampleApp({ name: 'narrow', host: below('.a.lab.org'), prefix: ['x'] }),
      sampleApp({ name: 'gone', host: below('.a.lab.org'), stripped: true }),
      sampleApp({ name: 'wide', host: below('.lab.org') }),
    );
    assert.equal(appOf(nested, 'y.a.lab.org', '/x'), 'narrow');
    assert.equal(appOf(nested, 'y.a.lab.org', '/y'), 'wide');
  });

  it('whose prefix the proxy strips is found by name alone', () => {
    const stripped = index(sampleApp({ name: 'minio', stripped: true, prefix: ['minio'] }));
    assert.equal(appOf(stripped, 'lab.org', '/minio'), 'no_app');
    assert.equal(appOf(stripped, 'lab.org', '/anything', { namedApp: 'minio' }), 'minio');
  });

  it('that was named has to have the host and the prefix of the request', () => {
    const named = { namedApp: 'grafana' };
    assert.equal(appOf(apps, 'lab.org', '/grafana/x/y', named), 'grafana');
    assert.equal(appOf(apps, 'lab.org:1', '/grafana', named), 'grafana');
    assert.equal(appOf(apps, 'lab.de', '/grafana', named), 'app_host_mismatch');
    assert.equal(appOf(apps, 'lab.org', '/other', named), 'app_host_mismatch');
    assert.equal(appOf(apps, 'lab.org', '/grafanax', named), 'app_host_mismatch');
  });

  it('that was named and is not there is none, whatever the host', () => {
    for (const namedApp of ['', 'nobody', '__proto__', 'constructor', 'Grafana'])
      assert.equal(appOf(apps, 'lab.org', '/grafana', { namedApp }), 'no_app');
  });
});

describe('the rule', () => {
  const app = sampleApp({
    prefix: ['x'],
    rules: [
      sampleRule({ id: 'public', paths: patterns('/open', '/docs/**'), allow: { kind: 'public' } }),
      sampleRule({ id: 'read', paths: patterns('/admin/**'), methods: new Set(['GET', 'HEAD']) }),
      sampleRule({ id: 'write', paths: patterns('/admin/**'), methods: new Set(['POST']) }),
      sampleRule({ id: 'root', paths: patterns('/') }),
    ],
  });
  const apps = index(app);
  const rule = (target: string, overrides: Partial<ForwardedRequest> = {}) =>
    find(apps, 'lab.org', target, overrides).replace(/^app /, '');

  it('is the first whose paths and methods fit, below the app’s prefix', () => {
    assert.equal(rule('/x/open'), 'public');
    assert.equal(rule('/x/docs/a/b'), 'public');
    assert.equal(rule('/x/admin'), 'read');
    assert.equal(rule('/x/admin/users', { method: 'POST' }), 'write');
    assert.equal(rule('/x'), 'root');
    assert.equal(rule('/x/'), 'root');
    assert.equal(rule('/x?/admin'), 'root');
  });

  it('is none where none fits: denied', () => {
    assert.equal(rule('/x/other'), 'no_rule');
    assert.equal(rule('/x/admin', { method: 'DELETE' }), 'no_rule');
    assert.equal(rule('/x/administrator'), 'no_rule');
    assert.equal(rule('/x/Admin'), 'no_rule');
  });

  it('with methods is not passed by because nobody told the method: the app’s rules do not decide then', () => {
    for (const path of ['/x/admin', '/x/open'])
      assert.equal(rule(path, { method: undefined }), 'missing_forwarded_header', path);
  });

  it('sees the whole path of an app whose prefix the proxy strips', () => {
    const stripped = index({ ...app, stripped: true });
    const named = { namedApp: 'app' };
    assert.equal(find(stripped, 'lab.org', '/admin', named), 'app read');
    assert.equal(find(stripped, 'lab.org', '/x/admin', named), 'no_rule');
    assert.equal(
      find(stripped, 'lab.org', '/admin', { ...named, headers: ['X-Forwarded-Prefix', '/open'] }),
      'app read',
    );
  });

  for (const header of [
    'X-HTTP-Method-Override',
    'x-http-method',
    'X-Method-Override',
    'X_HTTP_Method_Override',
  ])
    it(`is not looked for under ${header} in an app whose rules go by the method`, () => {
      assert.equal(rule('/x/admin', { headers: [header, 'DELETE'] }), 'method_override');
      assert.equal(rule('/x/open', { headers: [header, 'GET'] }), 'method_override');
      const others = index(sampleApp());
      assert.equal(find(others, 'lab.org', '/', { headers: [header, 'DELETE'] }), 'app app.allow');
    });

  it('has to be the same with and without what stands behind a ;', () => {
    assert.equal(rule('/x/open;a=1'), 'ambiguous_path');
    assert.equal(rule('/x/admin;a/users'), 'ambiguous_path');
    assert.equal(rule('/x/admin%3Ba/users'), 'ambiguous_path');
    assert.equal(rule('/x/;a'), 'ambiguous_path');
    assert.equal(rule('/x/admin/a;b=1'), 'read');
    assert.equal(rule('/x/docs/a;b'), 'public');
    assert.equal(rule('/x/other;a'), 'no_rule');
  });

  it('of an app that another reading of ; would not find is ambiguous', () => {
    const two = index(
      sampleApp({ name: 'root', rules: [sampleRule({ id: 'open', allow: { kind: 'public' } })] }),
      sampleApp({ name: 'admin', prefix: ['admin'] }),
    );
    assert.equal(find(two, 'lab.org', '/admin;x/users'), 'ambiguous_path');
    assert.equal(find(two, 'lab.org', '/admin%3bx'), 'ambiguous_path');
    assert.equal(find(two, 'lab.org', '/;x/admin'), 'ambiguous_path');
    assert.equal(find(two, 'lab.org', '/other;x'), 'root open');
    assert.equal(find(two, 'lab.org', '/admin/a;x'), 'admin app.allow');
  });
});

describe('an encoded character', () => {
  const plain = index(sampleApp());
  const taking = index(sampleApp({ encodedCharacters: new Set(['slash', 'percent']) }));
  it('is malformed in an app that does not take it in words', () => {
    assert.equal(find(plain, 'lab.org', '/20.500%2Fa'), 'invalid_path');
    assert.equal(find(plain, 'lab.org', '/a%25b'), 'invalid_path');
    const slashOnly = index(sampleApp({ encodedCharacters: new Set(['slash']) }));
    assert.equal(find(slashOnly, 'lab.org', '/a%2Fb'), 'app app.allow');
    assert.equal(find(slashOnly, 'lab.org', '/a%252Fb'), 'invalid_path');
  });

  it('passes as part of one segment where the app takes it', () => {
    assert.equal(find(taking, 'lab.org', '/20.500%2Fa'), 'app app.allow');
    assert.equal(find(taking, 'lab.org', '/a%25b'), 'app app.allow');
  });

  it('does not lead past another app’s prefix', () => {
    const two = index(
      sampleApp({ name: 'root', encodedCharacters: new Set(['slash', 'percent']) }),
      sampleApp({ name: 'admin', prefix: ['admin'], rules: [sampleRule({ allow: { kind: 'nobody' } })] }),
    );
    assert.equal(find(two, 'lab.org', '/admin%2Fusers'), 'ambiguous_path');
    assert.equal(find(two, 'lab.org', '/%2Fadmin'), 'ambiguous_path');
    assert.equal(find(two, 'lab.org', '/admin;%2Fx'), 'ambiguous_path');
    assert.equal(find(two, 'lab.org', '/20.500%2Fadmin'), 'root app.allow');
  });
});

describe('ten thousand apps', () => {
  const many = index(
    ...Array.from({ length: 10_000 }, (_, at) =>
      sampleApp({ name: `a${at}`, host: exact(`h${at}.lab.org`) }),
    ),
  );
  it('are not walked through for every request', () => {
    const startedAt = performance.now();
    for (let at = 0; at < 10_000; at += 1) assert.equal(appOf(many, `h${at}.lab.org`), `a${at}`);
    assert.ok(performance.now() - startedAt < 2000);
  });
});
