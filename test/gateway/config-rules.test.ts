import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { loadGatewayConfig } from '../../gateway/config.ts';
import { renderMistake } from '../../platform/config/mistakes.ts';

/** Of an app whose rules begin in line 7. */
function mistakes(...rules: readonly string[]): readonly string[] {
  const lines = rules.map((rule) => `      - { ${rule} }\n`).join('');
  const text = `publicUrl: https://lab.org/sso
providers: { scicat: { kind: scicat, url: https://scicat.lab.org } }
apps:
  a:
    url: https://lab.org/a
    rules:
${lines}`;
  const loaded = loadGatewayConfig({ file: 'g.yaml', text }, { readFile: () => '', environment: {} });
  return loaded.ok ? [] : loaded.mistakes.map(renderMistake).map((line) => line.replace(/^g\.yaml:/, ''));
}

describe('a rule with networks', () => {
  it('does not cover one for everywhere, nor one for another network', () => {
    assert.deepEqual(mistakes('networks: [10.0.0.0/8], allow: public', 'allow: signed-in'), []);
    assert.deepEqual(
      mistakes('networks: [10.0.0.0/8], allow: public', 'networks: [10.0.0.0/8, 192.0.2.1], allow: nobody'),
      [],
    );
  });

  it('is covered by one for everywhere, and by one that names the same networks', () => {
    const covered = '8 apps.a.rules[1]: never reached: a.rules[0] (line 7) fits everything that it fits';
    assert.deepEqual(mistakes('allow: public', 'networks: [10.0.0.0/8], allow: nobody'), [covered]);
    assert.deepEqual(
      mistakes('networks: [private, 10.0.0.0/8], allow: public', 'networks: [10.0.0.0/8], allow: nobody'),
      [covered],
    );
  });

  it('is covered by one that names a wider network, or everywhere in words', () => {
    const covered = '8 apps.a.rules[1]: never reached: a.rules[0] (line 7) fits everything that it fits';
    for (const [wide, narrow] of [
      ['networks: [10.0.0.0/8]', 'networks: [10.1.0.0/16]'],
      ['networks: [private]', 'networks: [192.168.1.0/24, "fd00::1"]'],
      ['networks: [0.0.0.0/0, "::/0"]', 'methods: [GET]'],
    ] as const)
      assert.deepEqual(mistakes(`${wide}, allow: public`, `${narrow}, allow: nobody`), [covered], narrow);
    assert.deepEqual(
      mistakes('networks: [10.1.0.0/16], allow: public', 'networks: [10.0.0.0/8], allow: nobody'),
      [],
    );
    assert.deepEqual(mistakes('networks: [0.0.0.0/0], allow: public', 'allow: nobody'), []);
  });

  it('names none that is none', () => {
    assert.deepEqual(mistakes('networks: [10.0.0.0/8, 10.0.0.0/33], allow: public'), [
      '7 apps.a.rules[0].networks[1]: "10.0.0.0/33" is no address, network (10.0.0.0/8) or "private"',
    ]);
  });
});

describe('a rule for everything', () => {
  it('is never reached behind one for /**', () => {
    assert.deepEqual(mistakes('paths: [/**], allow: nobody', 'allow: signed-in'), [
      '8 apps.a.rules[1]: never reached: a.rules[0] (line 7) fits everything that it fits',
    ]);
    assert.deepEqual(mistakes('paths: [/*], allow: nobody', 'allow: signed-in'), []);
  });

  it('is never reached behind several that leave nothing', () => {
    assert.deepEqual(
      mistakes(
        'networks: [10.0.0.0/8], allow: public',
        'networks: ["::/1"], allow: public',
        'paths: [/x], networks: ["8000::/1"], allow: public',
        'networks: ["8000::/1"], allow: public',
        'allow: signed-in',
      ),
      [
        '11 apps.a.rules[4]: never reached: a.rules[1] (line 8) and a.rules[3] (line 10) together fit everything that it fits',
      ],
    );
  });

  it('of some methods is never reached behind one for each of them', () => {
    assert.deepEqual(
      mistakes(
        'methods: [GET], allow: public',
        'methods: [PUT], allow: nobody',
        'methods: [GET, PUT], paths: [/x], allow: signed-in',
      ),
      [
        '9 apps.a.rules[2]: never reached: a.rules[0] (line 7) and a.rules[1] (line 8) together fit everything that it fits',
      ],
    );
  });
});

describe('a rule that observes', () => {
  it('covers no other, and can be covered', () => {
    assert.deepEqual(mistakes('observe: true, allow: nobody', 'allow: signed-in'), []);
    assert.deepEqual(mistakes('allow: signed-in', 'observe: true, allow: nobody'), [
      '8 apps.a.rules[1]: never reached: a.rules[0] (line 7) fits everything that it fits',
    ]);
  });

  it('is no rule that decides', () => {
    assert.match(mistakes('observe: true, allow: public').join(), /it has no rule that decides/);
  });
});

describe('identify', () => {
  it('is for public rules', () => {
    assert.deepEqual(mistakes('identify: true, allow: signed-in'), [
      '7 apps.a.rules[0].identify: only with `allow: public`: any other rule identifies',
    ]);
  });
});
