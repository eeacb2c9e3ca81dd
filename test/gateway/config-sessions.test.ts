import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { loadGatewayConfig } from '../../gateway/config.ts';
import { renderMistake } from '../../platform/config/mistakes.ts';

const rest = `publicUrl: https://auth.lab.org
providers: { scicat: { kind: scicat, url: https://scicat.lab.org } }
apps: { echo: { url: https://lab.org/echo, allow: signed-in } }
`;

function load(text: string) {
  return loadGatewayConfig({ file: 'g.yaml', text: text + rest }, { readFile: () => '', environment: {} });
}

function config(text: string) {
  const loaded = load(text);
  assert.ok(loaded.ok, loaded.ok ? '' : loaded.mistakes.map(renderMistake).join('\n'));
  return loaded.value;
}

const mistakes = (text: string): readonly string[] => {
  const loaded = load(text);
  return loaded.ok ? [] : loaded.mistakes.map(renderMistake);
};

const minuteMs = 60_000;

describe('sessions in the gateway’s file', () => {
  it('last a working day and no more than a day, on shared computers less', () => {
    const { lifetime, sharedLifetime, cacheMs } = config('').sessions;
    assert.deepEqual(lifetime, { idleMs: 480 * minuteMs, maxMs: 24 * 60 * minuteMs });
    assert.deepEqual(sharedLifetime, { idleMs: 15 * minuteMs, maxMs: 8 * 60 * minuteMs });
    assert.equal(cacheMs, 3000);
  });

  it('last as long as it says', () => {
    const { sessions } = config(
      'sessions: { idleMinutes: 5, maxHours: 2, cacheSeconds: 0, shared: { idleMinutes: 6, maxHours: 1, networks: [10.4.0.0/16] } }\n',
    );
    assert.deepEqual(sessions.lifetime, { idleMs: 5 * minuteMs, maxMs: 120 * minuteMs });
    assert.deepEqual(sessions.sharedLifetime, { idleMs: 6 * minuteMs, maxMs: 60 * minuteMs });
    assert.equal(sessions.cacheMs, 0);
    assert.equal(sessions.sharedNetworks.has('10.4.1.1'), true);
    assert.equal(sessions.sharedNetworks.has('10.5.1.1'), false);
  });

  it('name a network that is none with its line', () => {
    assert.match(
      mistakes('sessions:\n  shared:\n    networks: [10.4.0.0/16, nowhere]\n').join(),
      /^g.yaml:3 sessions\.shared\.networks\[1\]/,
    );
  });

  it('share a cookie only below a domain that the gateway itself is in, and with a warning', () => {
    const { cookies, warnings } = config('cookieDomain: lab.org\n');
    assert.deepEqual(cookies, { insecure: false, domain: 'lab.org' });
    assert.deepEqual(
      warnings.map(({ reason }) => reason).filter((reason) => reason === 'cookie_shared'),
      ['cookie_shared'],
    );
    assert.deepEqual(mistakes('cookieDomain: other.org\n'), [
      'g.yaml:1 cookieDomain: the host of publicUrl, auth.lab.org, is not below it',
    ]);
    for (const wrong of ['org', '.lab.org', 'https://lab.org', 'Lab.org'])
      assert.equal(mistakes(`cookieDomain: ${wrong}\n`).length, 1, wrong);
  });

  it('take origins that are origins', () => {
    const withOrigins = (origins: string) => {
      const text = rest.replace('allow: signed-in', `allow: signed-in, allowedOrigins: ${origins}`);
      const loaded = loadGatewayConfig({ file: 'g.yaml', text }, { readFile: () => '', environment: {} });
      return loaded.ok ? [] : loaded.mistakes;
    };
    assert.deepEqual(withOrigins('[https://portal.lab.org, https://x.org:8443]'), []);
    for (const wrong of [
      '["*"]',
      '[https://portal.lab.org/]',
      '[portal.lab.org]',
      '["null"]',
      '[https://PORTAL.lab.org]',
    ])
      assert.equal(withOrigins(wrong).length, 1, wrong);
  });
});
