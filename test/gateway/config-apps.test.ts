// What of an app's keys go together; the table of every other mistake is config.test.ts's.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { loadGatewayConfig } from '../../gateway/config.ts';
import { renderMistake } from '../../platform/config/mistakes.ts';
import { describeWith, openssl } from '../real-parts/find.ts';
import { makeAuthority } from '../tls/authority.ts';

describeWith([openssl], 'the CA file of an app', () => {
  const { pem } = makeAuthority();
  const load = (rest: string) => {
    const text = `publicUrl: https://lab.org/sso
providers: { scicat: { kind: scicat, url: https://scicat.lab.org } }
apps:
  a: { url: https://lab.org/a, allow: public, caFile: ca.pem${rest} }
`;
    return loadGatewayConfig({ file: 'g.yaml', text }, { readFile: () => pem, environment: {} });
  };

  it('is its upstream’s', () => {
    const loaded = load(', upstream: https://a.lab.org');
    assert.ok(loaded.ok);
    assert.equal(loaded.value.apps.find(({ name }) => name === 'a')?.upstream?.caPem, pem);
  });

  for (const rest of ['', ', upstream: http://a.lab.org'])
    it(`is a mistake with ${rest || 'no upstream'}: there is no certificate to believe`, () => {
      const loaded = load(rest);
      assert.deepEqual(loaded.ok ? [] : loaded.mistakes.map(renderMistake), [
        'g.yaml:4 apps.a.caFile: only with an https upstream: it is for its certificate',
      ]);
    });
});

describe('what an app’s keys say', () => {
  it('is what it is served by', () => {
    const text = `publicUrl: https://lab.org/sso
providers: { scicat: { kind: scicat, url: https://scicat.lab.org } }
listen: { standalone: 127.0.0.1:0 }
apps:
  a:
    url: https://lab.org/a
    allow: signed-in
    upstream: http://127.0.0.1:1
    stripped: true
    groups: [p*, it]
    attributes: [profile.id]
    allowedOrigins: ['https://portal.lab.org']
    keep: [Authorization]
    endStreams: with-credential
    preflight: pass
    listed: false
    rules:
      - { paths: [/x], maxAgeSeconds: 60, acr: [mfa], credentials: [session], observe: true, networks: [10.0.0.0/8], allow: nobody }
`;
    const loaded = loadGatewayConfig({ file: 'g.yaml', text }, { readFile: () => '', environment: {} });
    assert.deepEqual(loaded.ok ? [] : loaded.mistakes.map(renderMistake), []);
    const app = loaded.ok ? loaded.value.apps.find(({ name }) => name === 'a') : undefined;
    const { groupPatterns, attributes, allowedOrigins, keep, endsStreams, passesPreflight, isListed } =
      app ?? {};
    assert.deepEqual(
      { groupPatterns, attributes, allowedOrigins, keep, endsStreams, passesPreflight, isListed },
      {
        groupPatterns: ['p*', 'it'],
        attributes: ['profile.id'],
        allowedOrigins: new Set(['https://portal.lab.org']),
        keep: new Set(['authorization']),
        endsStreams: true,
        passesPreflight: true,
        isListed: false,
      },
    );
    assert.deepEqual([app?.stripped, app?.upstream?.removesPrefix], [false, true]);
    const { maxAgeSeconds, acr, credentials, isObserved, networks } = app?.rules[0] ?? {};
    assert.deepEqual(
      [maxAgeSeconds, acr, credentials, isObserved, networks !== 'any' && networks?.texts],
      [60, new Set(['mfa']), new Set(['session']), true, ['10.0.0.0/8']],
    );
  });
});

describe('an app with labels', () => {
  const mistakes = (rest: string, top = '') => {
    const text = `publicUrl: https://lab.org/sso
providers: { one: { kind: scicat, url: https://one.lab.org }, two: { kind: scicat, url: https://two.lab.org, header: X-Two } }
apps:
  a: { url: 'https://*.lab.org', labels: true, ${rest} }
${top}`;
    const loaded = loadGatewayConfig({ file: 'g.yaml', text }, { readFile: () => '', environment: {} });
    return loaded.ok ? [] : loaded.mistakes.map(renderMistake);
  };

  it('has no public rule: groups cannot narrow who is let in there', () => {
    const one = 'providers: [one]';
    assert.deepEqual(mistakes(`${one}, allow: signed-in`), []);
    assert.deepEqual(mistakes(`${one}, rules: [{ observe: true, allow: public }, { allow: signed-in }]`), []);
    for (const [rest, rule] of [
      ['allow: public', 'a.allow'],
      ['allow: signed-in, public: [/health]', 'a.public'],
      ['rules: [{ allow: public, identify: true }]', 'a.rules[0]'],
    ])
      assert.deepEqual(mistakes(`${one}, ${rest}`), [
        `g.yaml:4 apps.a.labels: groups cannot narrow ${rule}, which is public: give public paths an app of their own`,
      ]);
    assert.equal(mistakes(one, 'defaults: { allow: public }\n').length, 1);
  });

  it('takes one realm, or says that a name means the same in all', () => {
    const file = (more: string) =>
      mistakes(`providers: [one, oidc], allow: signed-in${more}`, '').filter((line) => /labels/.test(line));
    assert.deepEqual(file(', oneNamespace: true'), []);
    assert.deepEqual(file(''), [
      'g.yaml:4 apps.a.labels: the app takes several realms, and a label names groups of none: say oneNamespace: true',
    ]);
  });
});
