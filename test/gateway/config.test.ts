import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type GatewayConfig, loadGatewayConfig } from '../../gateway/config.ts';
import { gatewayPaths } from '../../gateway/config-own-app.ts';
import { renderMistake } from '../../platform/config/mistakes.ts';

const sources = {
  readFile: (path: string) => {
    if (path === '/run/secrets/jwt') return 'hunter2-jwt\n';
    throw Object.assign(new Error(`no ${path}`), { code: 'ENOENT' });
  },
  environment: { SCICAT_SECRET: 'hunter2-env' },
};

function load(text: string) {
  return loadGatewayConfig({ file: 'g.yaml', text }, sources);
}

function config(text: string): GatewayConfig {
  const loaded = load(text);
  assert.ok(loaded.ok, loaded.ok ? '' : loaded.mistakes.map(renderMistake).join('\n'));
  return loaded.value;
}

function mistakes(text: string): readonly string[] {
  const loaded = load(text);
  return loaded.ok ? [] : loaded.mistakes.map(renderMistake);
}

/** Lines 1 to 4 of a file without mistakes, and then what a test is about. */
const top = (rest: string): string => `publicUrl: https://lab.org/sso
providers:
  scicat: { kind: scicat, url: https://scicat.lab.org }
apps:
${rest}`;
const app = (rest: string): string => top(`  a: { url: https://lab.org/a, ${rest} }\n`);
const others = app('allow: signed-in').slice(app('').indexOf('providers:'));
const twoRealms = (rest: string): string => `publicUrl: https://lab.org/sso
providers:
  one: { kind: scicat, url: https://one.lab.org }
  two: { kind: scicat, url: https://two.lab.org, header: X-Two }
apps:
${rest}`;

describe('the gateway’s file', () => {
  it('needs a public URL, a provider and an app; everything else has a default', () => {
    const value = config(app('allow: signed-in'));
    assert.equal(value.publicUrl, 'https://lab.org/sso');
    assert.deepEqual(value.listen, {
      proxies: { host: '127.0.0.1', port: 8081 },
      public: { host: '127.0.0.1', port: 8080 },
      operations: { host: '127.0.0.1', port: 9091 },
      standalone: undefined,
      reusePort: false,
      drainWaitMs: 0,
    });
    assert.equal(value.database, 'sqlite:var/beamgate.sqlite');
    assert.deepEqual(value.encryptionKey, { generatedFile: 'var/beamgate.sqlite.key' });
    assert.equal(value.assertionTtlSeconds, 60);
    assert.deepEqual(value.cache, { identityMs: 60_000, rejectionMs: 5000, maxEntries: 50_000 });
    assert.equal(value.logLevel, 'info');
    assert.ok(value.trustedProxies.has('127.0.0.1') && value.trustedProxies.has('::1'));
    assert.ok(!value.trustedProxies.has('10.0.0.1'));
  });

  it('trusts no proxy where standalone mode has none before it', () => {
    const nobody = 'trustedProxies: []\nlisten: { standalone: 127.0.0.1:8000 }\n';
    const { trustedProxies } = config(`${app('allow: signed-in')}${nobody}`);
    assert.ok(!trustedProxies.has('127.0.0.1') && !trustedProxies.has('::1'));
  });

  it('describes a provider', () => {
    const [provider] = config(app('allow: signed-in')).providers;
    assert.deepEqual(provider, {
      kind: 'scicat',
      name: 'scicat',
      title: 'scicat',
      signIn: undefined,
      realm: 'scicat',
      url: 'https://scicat.lab.org',
      caFile: undefined,
      jwtSecret: undefined,
      header: 'scicat-api-key',
      claims: {
        id: 'userId',
        username: 'profile.username',
        groups: ['profile.accessGroups'],
        roles: [],
        email: 'profile.email',
        name: 'profile.displayName',
        separator: undefined,
        vouchesFor: ['email', 'phone_number'],
        groupNames: undefined,
      },
      timeoutMs: 5000,
      slowRefusalMs: 2000,
      questions: { maxConcurrent: 16, maxWaiting: 2048, maxWaitMs: 5000, maxPerClient: 128 },
    });
  });

  for (const [reference, secret] of [
    ['file:/run/secrets/jwt', 'hunter2-jwt'],
    ['env:SCICAT_SECRET', 'hunter2-env'],
    ['test-only:hunter2-test', 'hunter2-test'],
  ])
    it(`reads a secret from ${reference}`, () => {
      const text = app('allow: signed-in').replace('lab.org }', `lab.org/, jwtSecret: '${reference}' }`);
      const [provider] = config(text).providers;
      assert.ok(provider?.kind === 'scicat');
      assert.equal(provider.jwtSecret?.reveal(), secret);
      assert.equal(provider.url, 'https://scicat.lab.org');
      assert.ok(!JSON.stringify(config(text)).includes(secret ?? ''), 'it is never written out');
    });

  it('makes one list of rules: public paths, rules, allow', () => {
    const value = config(
      top(`  a:
    url: https://lab.org/a
    public: [/version, /docs/**]
    rules:
      - { paths: [/admin/**], methods: [GET], allow: { groups: [it] }, credentials: [bearer] }
      - { paths: [/admin/**], allow: nobody }
    allow: signed-in
    credentials: [header]
`),
    );
    const rules = value.apps.find(({ name }) => name === 'a')?.rules ?? [];
    assert.deepEqual(
      rules.map(({ id, line, allow, credentials }) => [id, line, allow.kind, [...credentials].join()]),
      [
        ['a.public', 7, 'public', 'header'],
        ['a.rules[0]', 9, 'who', 'bearer'],
        ['a.rules[1]', 10, 'nobody', 'header'],
        ['a.allow', 11, 'signed-in', 'header'],
      ],
    );
    assert.deepEqual(
      rules.map(({ paths }) => (paths === 'any' ? 'any' : paths.map(({ text }) => text).join(' '))),
      ['/version /docs/**', '/admin/**', '/admin/**', 'any'],
    );
  });

  it('gives an app with neither allow nor rules the defaults', () => {
    const value = config(
      `${top('  a: { url: https://lab.org/a, public: [/v] }\n')}defaults: { allow: nobody }\n`,
    );
    const rules = value.apps.find(({ name }) => name === 'a')?.rules ?? [];
    assert.deepEqual(
      rules.map(({ allow }) => allow.kind),
      ['public', 'nobody'],
    );
  });

  const hosts: readonly (readonly [string, object, readonly string[]])[] = [
    ['https://LAB.org./a/', { kind: 'exact', name: 'lab.org', port: undefined }, ['a']],
    ['https://lab.org:8443', { kind: 'exact', name: 'lab.org', port: 8443 }, []],
    ['https://*.lab.org/a/b', { kind: 'below', suffix: '.lab.org', port: undefined }, ['a', 'b']],
    ['https://*/a', { kind: 'any' }, ['a']],
    ['https://[2001:DB8:0::1]/', { kind: 'exact', name: '[2001:db8::1]', port: undefined }, []],
    ['https://münchen.de', { kind: 'exact', name: 'xn--mnchen-3ya.de', port: undefined }, []],
    ['https://lab.org/%61', { kind: 'exact', name: 'lab.org', port: undefined }, ['a']],
    ['http://a.localhost:80', { kind: 'exact', name: 'a.localhost', port: 80 }, []],
    ['http://127.0.0.1:3000', { kind: 'exact', name: '127.0.0.1', port: 3000 }, []],
  ];
  for (const [url, host, prefix] of hosts)
    it(`reads the address ${url}`, () => {
      const found = config(top(`  a: { url: '${url}', allow: signed-in }\n`)).apps.find(
        ({ name }) => name === 'a',
      );
      assert.deepEqual([found?.host, found?.prefix], [host, prefix]);
    });

  it('makes the gateway an app of its own, whose pages alone are public', () => {
    const own = config(app('allow: signed-in')).apps.find(({ name }) => name === 'beamgate');
    assert.deepEqual(own?.prefix, ['sso']);
    assert.deepEqual(
      own?.rules.map(({ allow, paths }) => [
        allow.kind,
        paths === 'any' ? 'any' : paths.map(({ text }) => text),
      ]),
      [['public', [...gatewayPaths]]],
    );
  });
});

describe('a mistake', () => {
  const table: readonly (readonly [string, string, readonly string[]])[] = [
    [
      'an unknown key, with the one that was meant',
      app('alow: signed-in'),
      ['g.yaml:5 apps.a.alow: unknown key, did you mean "allow"?'],
    ],
    [
      'an app without any rule',
      app('title: A'),
      [
        'g.yaml:5 apps.a: it has no rule that decides, so nobody gets in: write allow: ..., or allow: nobody if that is meant',
      ],
    ],
    [
      'an app named as the gateway',
      top('  beamgate: { url: https://lab.org/a, allow: signed-in }\n'),
      ['g.yaml:5 apps.beamgate: the name is taken by the gateway itself'],
    ],
    [
      'a name that is none',
      top('  A b: { url: https://lab.org/a, allow: signed-in }\n'),
      ['g.yaml:5 apps.A b: a name of small letters, digits, ".", "_" and "-"'],
    ],
    [
      'a name that JavaScript would lose',
      top('  __proto__: { url: https://lab.org/a, allow: signed-in }\n'),
      ['g.yaml:5 apps.__proto__: no key may be called so'],
    ],
    [
      'two apps with one address',
      top(
        '  a: { url: https://lab.org/a, allow: signed-in }\n  b: { url: https://LAB.org/a/, allow: signed-in }\n',
      ),
      ['g.yaml:6 apps.b.url: the same address as a'],
    ],
    [
      'an app at the gateway’s own address',
      top('  a: { url: https://lab.org/sso, allow: signed-in }\n'),
      ['g.yaml:5 apps.a.url: the same address as beamgate'],
    ],
    [
      'plain http beyond this machine',
      top('  a: { url: http://lab.org/a, allow: signed-in }\n'),
      [
        'g.yaml:5 apps.a.url: plain http carries every token in the clear: use https, or say `insecure: true` at the top of the file',
      ],
    ],
    [
      'a host that only looks like this machine',
      top('  a: { url: http://localhost.evil.org/a, allow: signed-in }\n'),
      [
        'g.yaml:5 apps.a.url: plain http carries every token in the clear: use https, or say `insecure: true` at the top of the file',
      ],
    ],
    [
      'a provider that is not there',
      app('allow: signed-in, providers: [scicats]'),
      ['g.yaml:5 apps.a.providers[0]: there is no provider "scicats", did you mean "scicat"?'],
    ],
    [
      'no provider at all',
      'publicUrl: https://lab.org/sso\nproviders: {}\napps: { a: { url: https://lab.org/a, allow: signed-in } }\n',
      ['g.yaml:3 apps.a: no provider is configured, so nobody could sign in'],
    ],
    [
      'encoded characters where rules have paths',
      app('allow: signed-in, public: [/v], encodedCharacters: [slash]'),
      [
        'g.yaml:5 apps.a.encodedCharacters: only where no rule has paths: an app that reads %2F as / would see another path than the rule',
      ],
    ],
    [
      'a header to keep that holds no credential',
      app('allow: signed-in, keep: [Authorisation]'),
      [
        'g.yaml:5 apps.a.keep[0]: there is no credential header "Authorisation", did you mean "authorization"?',
      ],
    ],
    [
      'a rule that an earlier one covers',
      app('rules: [{ allow: signed-in }, { paths: [/x], allow: nobody }]'),
      ['g.yaml:5 apps.a.rules[1]: never reached: a.rules[0] (line 5) fits everything that it fits'],
    ],
    [
      'an allow that a rule covers',
      app('rules: [{ allow: signed-in }], allow: nobody'),
      ['g.yaml:5 apps.a.allow: never reached: a.rules[0] (line 5) fits everything that it fits'],
    ],
    [
      'a rule whose methods an earlier one covers',
      app(
        'rules: [{ paths: [/x/**], methods: [GET, HEAD], allow: signed-in }, { paths: [/x], methods: [GET], allow: nobody }]',
      ),
      ['g.yaml:5 apps.a.rules[1]: never reached: a.rules[0] (line 5) fits everything that it fits'],
    ],
    [
      'a path that is no pattern',
      app('allow: signed-in, public: [/v, admin]'),
      ['g.yaml:5 apps.a.public[1]: "admin" does not begin with /'],
    ],
    [
      'a path of a rule that is no pattern',
      app('rules: [{ paths: [/a//b], allow: signed-in }]'),
      ['g.yaml:5 apps.a.rules[0].paths[0]: "/a//b" has an empty segment'],
    ],
    [
      'somebody who is nobody',
      app('allow: {}'),
      ['g.yaml:5 apps.a.allow: found an empty mapping, expected users, groups, roles or realms'],
    ],
    [
      'an empty list of names',
      app('allow: { groups: [] }'),
      ['g.yaml:5 apps.a.allow.groups: found an empty list, expected at least 1 items'],
    ],
    [
      'a realm that the app does not take',
      app('allow: { realms: [scicta] }'),
      ['g.yaml:5 apps.a.allow.realms[0]: there is no realm "scicta", did you mean "scicat"?'],
    ],
    [
      'a realm in a rule, none meant',
      app('rules: [{ allow: { users: [x], realms: [keycloak] } }]'),
      ['g.yaml:5 apps.a.rules[0].allow.realms[0]: there is no realm "keycloak"; there are: scicat'],
    ],
    [
      'two SciCats for one app',
      twoRealms('  a: { url: https://lab.org/a, allow: signed-in }\n'),
      [
        'g.yaml:6 apps.a.providers: a SciCat token does not say who issued it: one of one, two for an app, by providers: [...]',
      ],
    ],
    [
      'a name that means somebody else in each realm',
      twoRealms('  a: { url: https://lab.org/a, allow: { users: [alice] } }\n'),
      [
        'g.yaml:6 apps.a.allow: several realms are accepted here (one, two), and the same name may mean somebody else in each: say realms: [...], or oneNamespace: true on the app',
        'g.yaml:6 apps.a.providers: a SciCat token does not say who issued it: one of one, two for an app, by providers: [...]',
      ],
    ],
    [
      'two providers that read one header',
      twoRealms('  a: { url: https://lab.org/a, allow: signed-in, providers: [one] }\n').replace(
        'X-Two',
        'scicat-api-KEY',
      ),
      ['g.yaml:4 providers.two.header: one reads scicat-api-KEY already'],
    ],
    [
      'a network that is none',
      `${app('allow: signed-in')}trustedProxies: [127.0.0.1, 10.0.0.0/33]\n`,
      ['g.yaml:6 trustedProxies[1]: "10.0.0.0/33" is no address, network (10.0.0.0/8) or "private"'],
    ],
    [
      'no proxy that could ask, where nobody else is served',
      `${app('allow: signed-in')}trustedProxies: []\n`,
      [
        'g.yaml:6 trustedProxies: found an empty list, so nobody could ask: write where the proxy asks from, or leave the key out for loopback',
      ],
    ],
    [
      'no app at all',
      'publicUrl: https://lab.org\nproviders: { s: { kind: scicat, url: https://s.org } }\napps: {}\n',
      [
        'g.yaml:3 apps: found no app, so nothing could be asked about: write one, `grafana: { url: https://lab.org/grafana, allow: signed-in }`',
      ],
    ],
    [
      'tests that are none',
      `${app('allow: signed-in')}tests: []\n`,
      [
        'g.yaml:6 tests: found an empty list, which tests nothing: write a test, `- { request: GET https://lab.org/grafana, expect: authenticate }`, or leave the key out',
      ],
    ],
    [
      'a test of somebody without groups',
      `${app('allow: signed-in')}tests: [{ request: GET https://lab.org/a, as: { user: x, groups: [] }, expect: allow }]\n`,
      ['g.yaml:6 tests[0].as.groups: found an empty list, expected at least 1 items'],
    ],
    [
      'a public URL that is none',
      `publicUrl: lab.org\n${others}`,
      [
        'g.yaml:1 publicUrl: "lab.org" is no address: write scheme, host and path, such as https://lab.org/grafana',
      ],
    ],
    [
      'a public URL of many hosts',
      `publicUrl: https://*.lab.org\n${others}`,
      ['g.yaml:1 publicUrl: the gateway has one host of its own, no wildcard'],
    ],
    [
      'a public URL in plain http',
      `publicUrl: http://lab.org\n${others}`,
      [
        'g.yaml:1 publicUrl: plain http carries every token in the clear: use https, or say `insecure: true` at the top of the file',
      ],
    ],
    [
      'a secret that stands in the file, without showing it',
      app('allow: signed-in').replace('lab.org }', 'lab.org, jwtSecret: hunter2 }'),
      [
        'g.yaml:3 providers.scicat.jwtSecret: a secret does not stand in this file: write file:/path or env:NAME',
      ],
    ],
    [
      'a secret that is not where it should be',
      app('allow: signed-in').replace('lab.org }', 'lab.org, jwtSecret: file:/nope }'),
      ['g.yaml:3 providers.scicat.jwtSecret: the file /nope cannot be read (ENOENT)'],
    ],
    [
      'a listener without a port',
      `${app('allow: signed-in')}listen: { proxies: localhost }\n`,
      ['g.yaml:6 listen.proxies: "localhost" is no address: write host:port, such as 127.0.0.1:8080'],
    ],
    [
      'a database of another kind',
      `${app('allow: signed-in')}database: mysql://x\n`,
      [
        'g.yaml:6 database: found a string of 9 characters, expected sqlite:path/to/file, or postgres://user@host/name without a password',
      ],
    ],
    [
      'a password in the database’s address, and no key of its own for what several gateways share',
      `${app('allow: signed-in')}database: postgres://b:hunter2@db/b\n`,
      [
        'g.yaml:1 assertion.encryptionKey: is needed with PostgreSQL: every gateway on it opens the same keys; openssl rand -base64 32',
        'g.yaml:6 database: the password does not stand in this file: databasePassword: file:/path or env:NAME',
      ],
    ],
    [
      'a password for a file',
      `${app('allow: signed-in')}databasePassword: env:SCICAT_SECRET\n`,
      ['g.yaml:6 databasePassword: a file has no password: only postgres://'],
    ],
    [
      'a method in small letters',
      app('rules: [{ methods: [get], allow: signed-in }]'),
      ['g.yaml:5 apps.a.rules[0].methods[0]: found a string of 3 characters, expected a method in capitals'],
    ],
    [
      'a wildcard among methods',
      app('rules: [{ methods: ["*"], allow: signed-in }]'),
      ['g.yaml:5 apps.a.rules[0].methods[0]: found a string of 1 characters, expected a method in capitals'],
    ],
    [
      'a rule without allow',
      app('rules: [{ paths: [/x] }]'),
      ['g.yaml:5 apps.a.rules[0].allow: missing, expected public | signed-in | nobody, or a mapping'],
    ],
  ];
  for (const [name, text, expected] of table)
    it(`is ${name}`, () => {
      assert.deepEqual(mistakes(text), expected);
    });

  const addresses: readonly (readonly [string, RegExp])[] = [
    ['lab.org', /is no address/],
    ['ftp://lab.org', /is no address/],
    ['https://', /is no address/],
    ['https://user@lab.org', /is no address/],
    ['https://lab.org/a?b', /is no address/],
    ['https://lab.org/#a', /is no address/],
    ['https://lab.org\\a', /is no address/],
    ['https://a b', /is no address/],
    ['https://*.*.org', /is no address/],
    ['https://a*.org', /is no address/],
    ['https://[::1]x', /is no address/],
    ['https://lab.org/a//b', /the path prefix has to be plain/],
    ['https://lab.org/a/../b', /the path prefix has to be plain/],
    ['https://lab.org/a%2Fb', /the path prefix has to be plain/],
    ['https://exa%mple.org', /the host is no name and no address/],
    ['https://a|b', /the host is no name and no address/],
    ['https://[::zz]', /is no address/],
    ['https://[1:2:3]', /the host is no name and no address/],
    ['https://lab..org', /the host is no name and no address/],
    ['https://.', /the host is no name and no address/],
    ['https://lab.org:0', /the port is none/],
    ['https://lab.org:99999', /the port is none/],
    ['https://*:8443', /a port goes with a host that is named/],
  ];
  for (const [url, complaint] of addresses)
    it(`is the address ${url}, of an app and of the gateway`, () => {
      const found = mistakes(top(`  a: { url: '${url}', allow: signed-in }\n`));
      assert.equal(found.length, 1, found.join('\n'));
      assert.match(found[0] ?? '', /^g\.yaml:5 apps\.a\.url: /);
      assert.match(found[0] ?? '', complaint);
      const own = mistakes(`publicUrl: '${url}'\n${others}`);
      assert.match(own[0] ?? '', complaint);
    });

  const providers: readonly (readonly [string, string])[] = [
    ['url: https://u:hunter2@s.org', 'url: no user or password in it'],
    ['url: https://s.org/?x=1', 'url: no query and no fragment in it'],
    ['url: https://s.org/api/v3/', "url: the backend's base address, without /api/v3"],
    [
      'url: https://s.org, header: Authorization',
      'header: Authorization means something else to the gateway or its proxy',
    ],
    ['url: https://s.org, header: cookie', 'header: cookie means something else to the gateway or its proxy'],
    [
      'url: https://s.org, header: X-Forwarded-Uri',
      'header: X-Forwarded-Uri means something else to the gateway or its proxy',
    ],
    [
      'url: https://s.org, header: X-Auth-Username',
      'header: X-Auth-Username means something else to the gateway or its proxy',
    ],
  ];
  for (const [entry, complaint] of providers)
    it(`is a provider with ${entry}`, () => {
      const text = `publicUrl: https://lab.org/sso\nproviders:\n  s: { kind: scicat, ${entry} }\napps: { a: { url: https://a.lab.org, allow: signed-in } }\n`;
      assert.deepEqual(mistakes(text), [`g.yaml:3 providers.s.${complaint}`]);
    });

  it('does not hide another: all of them are said at once, in the order of their lines', () => {
    const text = `publicUrl: http://lab.org
trustedProxies: [x]
providers:
  scicat: { kind: scicat, url: https://s.org/?q }
apps:
  a: { url: https://*:1 }
  b: { url: https://lab.org/b, allow: { realms: [nope] }, providers: [no] }
`;
    const lines = mistakes(text).map((line) => line.replace(/:(\d+) (\S+): .*/, ' $1 $2'));
    assert.deepEqual(lines, [
      'g.yaml 1 publicUrl',
      'g.yaml 2 trustedProxies[0]',
      'g.yaml 4 providers.scicat.url',
      'g.yaml 6 apps.a.url',
      'g.yaml 7 apps.b.providers[0]',
      'g.yaml 7 apps.b.allow.realms[0]',
    ]);
  });

  it('never shows a value that could be a secret', () => {
    const text = `${app('allow: [hunter2], title: { x: hunter2 }, providers: hunter2')}log: { level: hunter2 }\n`;
    assert.ok(mistakes(text).length > 0);
    assert.doesNotMatch(mistakes(text).join('\n'), /hunter2/);
  });

  it('of YAML that leads back into itself is a mistake like any other', () => {
    assert.ok(mistakes(app('allow: &x { groups: [*x] }')).length > 0);
  });
});
