import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { shareEqualParts } from '../../gateway/config-equal-parts.ts';
import type { App, Rule } from '../../gateway/types.ts';
import { readNetworks } from '../../platform/networks.ts';
import { patterns, sampleApp, sampleRule, who } from './samples.ts';

/** All that an app has of its own, and nothing that it has by being the same object as another's. */
const rule = (overrides: Partial<Rule> = {}): Rule =>
  sampleRule({
    paths: patterns('/admin/**', '/x'),
    methods: new Set(['GET', 'HEAD']),
    networks: readNetworks(['10.0.0.0/8']),
    allow: who({ groups: ['staff'] }),
    credentials: new Set(['session', 'bearer']),
    acr: new Set(['mfa']),
    ...overrides,
  });
const app = (name: string, overrides: Partial<App> = {}): App =>
  sampleApp({
    name,
    providers: ['scicat', 'sso'],
    acceptTokensFor: new Map([['sso', new Set(['lab', name === 'other' ? 'other' : 'api'])]]),
    logoutPaths: patterns('/logout'),
    encodedCharacters: new Set(['slash']),
    attributes: ['dept'],
    allowedOrigins: new Set(['https://portal.lab.org']),
    keep: new Set(['authorization']),
    rules: [rule()],
    ...overrides,
  });

describe('equal parts of a configuration', () => {
  it('become one object, and say what they said', () => {
    const apps = [app('one'), app('two'), app('other', { rules: [rule({ id: 'other' }), rule()] })];
    const shared = shareEqualParts(apps);
    const said = (list: readonly App[]) =>
      list.map(({ rules, ...rest }) => ({
        ...rest,
        rules: rules.map(({ networks, ...own }) => ({
          ...own,
          networks: networks === 'any' ? networks : networks.texts,
        })),
      }));
    assert.deepEqual(said(shared), said(apps));
    const [one, two, other] = shared;
    assert.ok(one !== undefined && two !== undefined && other !== undefined);
    const ownOfApps = [
      'providers',
      'logoutPaths',
      'encodedCharacters',
      'attributes',
      'allowedOrigins',
      'keep',
    ] as const;
    for (const key of ownOfApps) assert.ok(one[key] === two[key] && one[key] === other[key], key);
    assert.equal(one.acceptTokensFor, two.acceptTokensFor);
    assert.notEqual(one.acceptTokensFor, other.acceptTokensFor);
    for (const key of ['paths', 'methods', 'networks', 'allow', 'credentials', 'acr'] as const) {
      const parts = new Set(shared.flatMap(({ rules }) => rules.map((each) => each[key])));
      assert.equal(parts.size, 1, key);
    }
    const [{ networks } = sampleRule()] = one.rules;
    assert.ok(networks !== 'any' && networks.has('10.1.2.3') && !networks.has('11.1.2.3'));
  });

  const others: readonly (readonly [string, Partial<Rule>])[] = [
    ['paths', { paths: patterns('/admin', '/x') }],
    ['paths of another rule', { paths: 'any' }],
    ['methods', { methods: new Set(['GET']) }],
    ['networks', { networks: readNetworks(['10.0.0.0/7']) }],
    ['who is let in', { allow: who({ users: ['staff'] }) }],
    ['who is let in, of a realm', { allow: who({ groups: ['staff'], realms: ['any'] }) }],
    ['a public rule', { allow: { kind: 'public' } }],
    ['credentials', { credentials: new Set(['session']) }],
    ['how somebody signed in', { acr: new Set(['any']) }],
    ['any sign-in', { acr: 'any' }],
  ];
  for (const [what, overrides] of others)
    it(`stay two where they differ in ${what}`, () => {
      const [first, second] = shareEqualParts([app('one'), app('two', { rules: [rule(overrides)] })]);
      const changed = { ...rule(overrides) };
      for (const key of ['paths', 'methods', 'allow', 'credentials', 'acr'] as const)
        assert.deepEqual(second?.rules[0]?.[key], changed[key]);
      const [{ networks } = sampleRule()] = second?.rules ?? [];
      assert.deepEqual(
        networks === 'any' ? 'any' : networks.texts,
        changed.networks === 'any' ? 'any' : changed.networks.texts,
      );
      assert.deepEqual(first?.rules[0]?.paths, rule().paths);
    });
});
