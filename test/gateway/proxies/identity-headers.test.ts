import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import {
  identityHeaderNames,
  identityHeaders,
  visibleGroups,
} from '../../../gateway/proxies/identity-headers.ts';
import type { Dialect, Identity } from '../../../gateway/types.ts';
import { sampleApp, sampleIdentity, valuesIn } from '../samples.ts';

const dialects: readonly Dialect[] = [
  'beamgate',
  'ecflow',
  'authentik',
  'remote-user',
  'oauth2-proxy',
  'forwarded-user',
  'grafana',
];

function asObject(flat: readonly string[]): Record<string, string> {
  return Object.fromEntries(flat.flatMap((name, at) => (at % 2 === 0 ? [[name, flat[at + 1] ?? '']] : [])));
}

function written(...asked: Parameters<typeof identityHeaders>): readonly string[] {
  const headers = identityHeaders(...asked);
  assert.ok(!('why' in headers), JSON.stringify(headers));
  return headers;
}

function told(dialect: Dialect, overrides: Partial<Identity> = {}): Record<string, string> {
  return asObject(written(sampleApp({ dialect }), sampleIdentity(overrides), 'h.p.s'));
}

describe('identity headers', () => {
  const expected: Readonly<Record<Dialect, Readonly<Record<string, string>>>> = {
    beamgate: {
      'X-Auth-Username': 'alice',
      'X-Auth-Groups': 'p1,it',
      'X-Auth-Roles': 'admin',
      'X-Auth-Realm': 'scicat',
      'X-Auth-Email': 'alice@lab.org',
      'X-Auth-Name': 'Alice',
      'X-Auth-Assertion': 'h.p.s',
    },
    ecflow: {
      Authorization: 'Bearer h.p.s',
      'X-Auth-Username': 'alice',
      'X-Auth-Realm': 'scicat',
      'X-Auth-Roles': 'admin',
    },
    authentik: {
      'X-authentik-username': 'alice',
      'X-authentik-groups': 'p1|it',
      'X-authentik-email': 'alice@lab.org',
      'X-authentik-name': 'Alice',
      'X-authentik-uid': 'scicat:6b00',
      'X-authentik-jwt': 'h.p.s',
    },
    'remote-user': {
      'Remote-User': 'alice',
      'Remote-Groups': 'p1,it',
      'Remote-Email': 'alice@lab.org',
      'Remote-Name': 'Alice',
    },
    'oauth2-proxy': {
      'X-Auth-Request-User': 'alice',
      'X-Auth-Request-Groups': 'p1,it',
      'X-Auth-Request-Email': 'alice@lab.org',
      'X-Auth-Request-Preferred-Username': 'alice',
    },
    'forwarded-user': { 'X-Forwarded-User': 'alice@lab.org' },
    grafana: {
      'X-WEBAUTH-USER': 'alice',
      'X-WEBAUTH-EMAIL': 'alice@lab.org',
      'X-WEBAUTH-NAME': 'Alice',
      'X-WEBAUTH-GROUPS': 'p1,it',
      'X-JWT-Assertion': 'h.p.s',
    },
  };
  for (const dialect of dialects) {
    it(`of ${dialect} say who it is`, () => {
      assert.deepEqual(told(dialect), expected[dialect]);
    });

    it(`of ${dialect} are all there where there is little to say: one left out would let a client’s pass`, () => {
      // The e-mail address is all that `forwarded-user` has: without one nobody would be named.
      const email = dialect === 'forwarded-user' ? 'alice@lab.org' : undefined;
      const poor = told(dialect, { groups: [], roles: [], email, name: undefined });
      assert.deepEqual(Object.keys(poor), Object.keys(expected[dialect]));
    });

    it(`of ${dialect} are all there and empty on a public rule`, () => {
      const open = asObject(written(sampleApp({ dialect }), undefined, ''));
      const names = Object.keys(expected[dialect]).filter((name) => name !== 'Authorization');
      assert.deepEqual(open, Object.fromEntries(names.map((name) => [name, ''])));
    });
  }

  it('are all on the list that a proxy is told to take from our answer', () => {
    const names = dialects.flatMap((dialect) => Object.keys(expected[dialect]));
    assert.deepEqual(new Set(identityHeaderNames), new Set(names.filter((name) => name !== 'Authorization')));
  });

  const values: readonly (readonly [string, string])[] = [
    ['Zoë Müller', 'Zo%C3%AB%20M%C3%BCller'],
    ['100%', '100%25'],
    ['a%2Cb', 'a%252Cb'],
    ['a,b', 'a,b'],
    ['a\r\nX-Auth-Groups: it', 'a%0D%0AX-Auth-Groups:%20it'],
    ['\u0000\u007f\t', '%00%7F%09'],
    ['  alice', '%20%20alice'],
    ['😀', '%F0%9F%98%80'],
    ['\ud800', '%EF%BF%BD'],
    ['"a"; b=c', '"a";%20b=c'],
  ];
  for (const [name, written] of values)
    it(`write the name ${JSON.stringify(name)} as ${written}`, () => {
      assert.equal(told('beamgate', { name })['X-Auth-Name'], written);
    });

  it('encode the separator inside an item, and drop items that are empty', () => {
    const groups = ['a,b', 'c|d', '', 'e%f', 'g h'];
    assert.equal(told('beamgate', { groups })['X-Auth-Groups'], 'a%2Cb,c|d,e%25f,g%20h');
  });

  it('say which header could not be written, and why', () => {
    const app = sampleApp({ dialect: 'authentik' });
    assert.deepEqual(identityHeaders(app, sampleIdentity({ groups: ['it', 'a|b'] }), 'x'), {
      why: 'X-authentik-groups: the group "a|b" holds "|", which separates them in this header',
    });
    assert.deepEqual(identityHeaders(app, sampleIdentity({ username: 'root\r\nX: y' }), 'x'), {
      why: 'X-authentik-username: the user name holds a control character',
    });
  });

  it('name nobody in X-Forwarded-User without an e-mail address', () => {
    const app = sampleApp({ dialect: 'forwarded-user' });
    assert.deepEqual(identityHeaders(app, sampleIdentity({ email: undefined }), 'x'), {
      why: 'X-Forwarded-User: the e-mail address is missing or not verified',
    });
  });

  it('of beamgate never hold a byte outside visible ASCII, whoever it is', () => {
    const text = fc.oneof(fc.string({ unit: 'binary' }), fc.string({ unit: 'grapheme' }));
    const list = fc.array(text);
    const identity = fc.record({
      username: text,
      name: text,
      email: text,
      realm: text,
      id: text,
      groups: list,
      roles: list,
    });
    fc.assert(
      fc.property(identity, (who) => {
        for (const value of Object.values(told('beamgate', who))) assert.match(value, /^[\x21-\x7e]*$/);
      }),
      { numRuns: 200 },
    );
  });

  it('split into as many items as there were, and each decodes to what it was', () => {
    const item = fc.string({ unit: 'grapheme', minLength: 1 });
    fc.assert(
      fc.property(fc.array(item, { minLength: 1 }), (groups) => {
        const comma = told('beamgate', { groups })['X-Auth-Groups']?.split(',').map(decodeURIComponent);
        assert.deepEqual(
          comma,
          groups.map((group) => group.toWellFormed()),
        );
      }),
      { numRuns: 200 },
    );
  });
});

describe('the groups that an app is told of', () => {
  const table: readonly (readonly [readonly string[], readonly string[], readonly string[]])[] = [
    [['it'], ['it', 'item', 'a/it'], ['it']],
    [['p*'], ['p1', 'p', 'xp'], ['p1', 'p']],
    [['*'], ['a', 'b'], ['a', 'b']],
    [['*-staff'], ['x-staff', '-staff', 'staff', 'x-staff-y'], ['x-staff', '-staff']],
    [['a*b*c'], ['abc', 'axbyc', 'acb', 'ab', 'abbc'], ['abc', 'axbyc', 'abbc']],
    [['a*a'], ['a', 'aa', 'aba'], ['aa', 'aba']],
    [['a**b'], ['ab', 'axb'], ['ab', 'axb']],
    [
      ['a.c', 'x?'],
      ['abc', 'a.c', 'xy', 'x?'],
      ['a.c', 'x?'],
    ],
    [['IT'], ['it'], []],
  ];
  for (const [groupPatterns, groups, visible] of table)
    it(`of ${groups.join(' ')} are ${visible.join(' ') || 'none'} by ${groupPatterns.join(' ')}`, () => {
      assert.deepEqual(visibleGroups(sampleApp({ groupPatterns }), sampleIdentity({ groups })), visible);
    });

  it('are all where it names no patterns', () => {
    assert.deepEqual(visibleGroups(sampleApp(), sampleIdentity()), ['p1', 'it']);
  });

  it('are found in linear time by a pattern with many stars', () => {
    const app = sampleApp({ groupPatterns: [`${'a*'.repeat(40)}b`] });
    const startedAt = performance.now();
    visibleGroups(app, sampleIdentity({ groups: ['a'.repeat(100_000)] }));
    assert.ok(performance.now() - startedAt < 500);
  });

  it('are the ones in the headers', () => {
    const app = sampleApp({ groupPatterns: ['p*'] });
    assert.deepEqual(valuesIn(written(app, sampleIdentity(), 'x'), 'X-Auth-Groups'), ['p1']);
  });
});
