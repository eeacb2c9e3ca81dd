// One suite for every kind of proxy: each asks in its own words about the same requests, and each answer is one that it
// understands.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { answer } from '../../../gateway/answer.ts';
import type { Answer, RawHeaders } from '../../../gateway/types.ts';
import { createTestGate } from '../gate.ts';
import { valuesIn } from '../samples.ts';

type Wanted = {
  readonly method?: string;
  readonly target: string;
  readonly host?: string;
  readonly client?: RawHeaders;
};

type Kind = {
  readonly name: string;
  readonly url: (target: string) => string;
  /** What the proxy, or its set-up, adds to the client's headers. */
  readonly own: (asked: { method: string; target: string; host: string }) => RawHeaders;
  /** Statuses that it makes something else of than the others. */
  readonly says: { readonly malformed: number; readonly navigation: number };
  /** What a client could try to say in its place, and is not heard. */
  readonly unheard: readonly string[];
};

const usual = { malformed: 400, navigation: 302 };
const forwarded: Kind['own'] = ({ method, target, host }) => [
  'X-Forwarded-Method',
  method,
  'X-Forwarded-Proto',
  'https',
  'X-Forwarded-Host',
  host,
  'X-Forwarded-Uri',
  target,
  'X-Forwarded-For',
  '192.0.2.1',
];

const kinds: readonly Kind[] = [
  {
    name: 'traefik',
    url: () => '/auth/traefik',
    own: forwarded,
    says: usual,
    unheard: ['X-Original-URL', 'X-Original-Method', 'X-Original-URI'],
  },
  {
    name: 'caddy',
    url: () => '/auth/caddy',
    own: forwarded,
    says: usual,
    unheard: ['X-Original-URL', 'X-Original-Method', 'X-Original-URI'],
  },
  {
    name: 'envoy',
    url: (target) => `/auth/envoy${target}`,
    own: ({ host }) => ['Host', host, 'X-Forwarded-Proto', 'https', 'X-Forwarded-For', '192.0.2.1'],
    says: usual,
    unheard: ['X-Forwarded-Host', 'X-Forwarded-Uri', 'X-Forwarded-Method', 'X-Original-URL'],
  },
  {
    name: 'nginx',
    url: () => '/auth/nginx',
    own: ({ method, target, host }) => [
      'X-Original-URL',
      `https://${host}${target}`,
      'X-Original-Method',
      method,
    ],
    says: { malformed: 403, navigation: 401 },
    unheard: [
      'X-Forwarded-Host',
      'X-Forwarded-Uri',
      'X-Forwarded-Method',
      'X-Original-URI',
      'X-Original-Host',
      'X-Original-Address',
    ],
  },
];

const file = `publicUrl: https://lab.org/sso
trustedProxies: [10.0.0.0/8]
providers: { scicat: { kind: scicat, url: 'https://scicat.lab.org' } }
authenticateApp: flows
apps:
  echo:
    url: https://lab.org/echo
    public: [/open/**]
    rules:
      - { paths: [/closed], allow: nobody }
      - { methods: [GET, POST], allow: signed-in }
  flows: { url: 'https://ecflow.lab.org', preset: ecflow, allow: signed-in }
`;

const known = { good: { username: 'alice' }, down: new Error('a bug') };
const navigation = ['Sec-Fetch-Mode', 'navigate', 'Accept', 'text/html'];
const bearer = ['Authorization', 'Bearer good'];

async function asking(): Promise<(kind: Kind, wanted: Wanted) => Promise<Answer>> {
  const { gate, config } = await createTestGate(known, file);
  return async (kind, { method = 'GET', target, host = 'lab.org', client = [] }) => {
    const headers = [...client, ...kind.own({ method, target, host })];
    const asked = { method, url: kind.url(target), headers, peerAddress: '10.0.0.1' };
    return answer(asked, gate, config.trustedProxies);
  };
}

const reasonOf = ({ body }: Answer): unknown => (body === '' ? undefined : JSON.parse(body).reason);

for (const kind of kinds)
  describe(`a question of ${kind.name}`, () => {
    it('is answered with every identity header', async () => {
      const ask = await asking();
      const told = await ask(kind, { target: '/echo/x?q=1', client: bearer });
      assert.equal(told.status, 200);
      assert.deepEqual(valuesIn(told.headers, 'x-auth-username'), ['alice']);
      const anonymous = await ask(kind, { target: '/echo/open/x' });
      assert.equal(anonymous.status, 200);
      for (const name of ['Username', 'Groups', 'Roles', 'Realm', 'Email', 'Name', 'Assertion'])
        assert.deepEqual(valuesIn(anonymous.headers, `x-auth-${name.toLowerCase()}`), [''], name);
    });

    it('goes by host, path and method of the client', async () => {
      const ask = await asking();
      const statuses = await Promise.all([
        ask(kind, { target: '/echo/x', client: bearer, method: 'POST' }),
        ask(kind, { target: '/echo/x', client: bearer, method: 'DELETE' }),
        ask(kind, { target: '/echo/closed', client: bearer }),
        ask(kind, { target: '/other', client: bearer }),
        ask(kind, { target: '/echo/x', client: bearer, host: 'evil.org' }),
        ask(kind, { target: '/echo/x', client: bearer, host: 'LAB.org:443' }),
      ]);
      assert.deepEqual(
        statuses.map(({ status }) => status),
        [200, 403, 403, 403, 403, 200],
      );
    });

    it('without a credential: to sign in for a person, 401 for a program', async () => {
      const ask = await asking();
      const person = await ask(kind, { target: '/echo/x', client: navigation });
      assert.equal(person.status, kind.says.navigation);
      const [redirect] = valuesIn(
        person.headers,
        kind.says.navigation === 302 ? 'location' : 'x-auth-redirect',
      );
      assert.match(
        redirect ?? '',
        /^https:\/\/lab\.org\/sso\/login\?app=echo&return_to=https%3A%2F%2Flab\.org/,
      );
      const program = await ask(kind, { target: '/echo/x' });
      assert.equal(program.status, 401);
      assert.equal(reasonOf(program), 'no_credential');
      assert.equal(valuesIn(program.headers, 'www-authenticate').length, 1);
      assert.deepEqual(valuesIn(program.headers, 'x-auth-redirect'), []);
    });

    it('about a WebSocket is none of a person’s navigation, also where the proxy took Upgrade away', async () => {
      const ask = await asking();
      for (const header of [
        ['Upgrade', 'websocket'],
        ['Sec-WebSocket-Key', 'dGhlIHNhbXBsZSBub25jZQ=='],
      ])
        assert.equal(
          (await ask(kind, { target: '/echo/x', client: [...navigation, ...header] })).status,
          401,
        );
    });

    it('about what can be read in two ways is refused as the proxy understands it', async () => {
      const ask = await asking();
      for (const target of ['/echo//x', '/echo/../x', '/echo/%2e%2e/x', '/echo/a%2fb', 'x']) {
        const told = await ask(kind, { target, client: bearer });
        // Without a slash it is another address of the gateway's.
        if (target === 'x' && kind.name === 'envoy') assert.equal(told.status, 404);
        else assert.equal(told.status, kind.says.malformed, target);
      }
      for (const host of ['', 'a@lab.org', 'lab.org, evil.org'])
        assert.equal(
          (await ask(kind, { target: '/echo/x', host, client: bearer })).status,
          kind.says.malformed,
        );
    });

    it('says each thing once', async () => {
      const ask = await asking();
      const own = kind.own({ method: 'GET', target: '/echo/x', host: 'lab.org' });
      for (let index = 0; index < own.length; index += 2) {
        const [name = '', value = ''] = own.slice(index, index + 2);
        if (name === 'X-Forwarded-For') continue;
        const told = await ask(kind, { target: '/echo/x', client: [...bearer, name, value] });
        assert.equal(told.status, kind.says.malformed, name);
        assert.equal(reasonOf(told), 'repeated_forwarded_header', name);
      }
    });

    it('is not answered by what the client says in the proxy’s place', async () => {
      const ask = await asking();
      const client = kind.unheard.flatMap((name) => [
        name,
        name.endsWith('URL') ? 'https://lab.org/echo/open/x' : '/x',
      ]);
      const told = await ask(kind, { target: '/echo/closed', client: [...bearer, ...client] });
      assert.equal(reasonOf(told), 'nobody_allowed');
      assert.equal((await ask(kind, { target: '/echo/x?app=flows', client: bearer })).status, 200);
    });

    it('never lets a client’s identity pass: refused, or replaced', async () => {
      const ask = await asking();
      for (const name of ['X-Auth-Username', 'X_Auth_Username', 'Remote-User', 'X-WEBAUTH-USER']) {
        const told = await ask(kind, { target: '/echo/x', client: [...bearer, name, 'root'] });
        if (told.status !== 200) assert.equal(reasonOf(told), 'identity_header_from_outside', name);
        else if (name === 'X-Auth-Username')
          assert.deepEqual(valuesIn(told.headers, name.toLowerCase()), ['alice']);
        // Traefik's list has it and takes it away; Envoy is told to.
        else if (kind.name === 'envoy') assert.match(removed(told), new RegExp(`\\b${name}\\b`));
        else assert.equal(kind.name, 'traefik', name);
      }
      assert.equal(
        (await ask(kind, { target: '/echo/open/x', client: ['X_Auth_Username', 'root'] })).status,
        kind.says.malformed,
      );
    });

    it('that ends in a bug is 500', async () => {
      const ask = await asking();
      const told = await ask(kind, { target: '/echo/x', client: ['Authorization', 'Bearer down'] });
      assert.equal(told.status, 500);
    });
  });

function removed(told: Answer): string {
  return valuesIn(told.headers, 'x-envoy-auth-headers-to-remove').join(',');
}

describe('what is particular to Caddy and Envoy', () => {
  const [, caddy, envoy] = kinds;
  it('is that the credential is sent empty to Caddy, which would write a placeholder or leave the client’s', async () => {
    const ask = await asking();
    assert.ok(caddy !== undefined);
    const told = await ask(caddy, { target: '/echo/x', client: [...bearer, 'Cookie', 'a=1'] });
    assert.deepEqual(valuesIn(told.headers, 'authorization'), ['']);
    assert.deepEqual(valuesIn(told.headers, 'cookie'), ['a=1']);
    assert.deepEqual(valuesIn(told.headers, 'scicat-api-key'), ['']);
  });

  it('is that Caddy asks without a query: one that is there could be the client’s', async () => {
    const { gate, config } = await createTestGate(known, file);
    const own = forwarded({ method: 'GET', target: '/echo/open/x?app=flows', host: 'lab.org' });
    const ask = (url: string) =>
      answer({ method: 'GET', url, headers: own, peerAddress: '10.0.0.1' }, gate, config.trustedProxies);
    for (const query of ['?app=flows', '?q=1']) {
      assert.equal(reasonOf(await ask(`/auth/caddy${query}`)), 'invalid_parameters');
      assert.equal((await ask(`/outpost.goauthentik.io/auth/caddy${query}`)).status, 200);
    }
    assert.equal((await ask('/auth/caddy?')).status, 200);
  });

  it('is that Envoy is told which credential to take away', async () => {
    const ask = await asking();
    assert.ok(envoy !== undefined);
    const told = await ask(envoy, { target: '/echo/x', client: [...bearer, 'Cookie', 'a=1'] });
    assert.match(removed(told), /\bAuthorization\b/);
    assert.doesNotMatch(removed(told), /Cookie|X-Auth-Username/);
    assert.deepEqual(valuesIn(told.headers, 'cookie'), ['a=1']);
  });
});

describe('the client’s address that nginx tells', () => {
  const networks = `publicUrl: https://lab.org/sso
trustedProxies: [10.0.0.1]
providers: { scicat: { kind: scicat, url: 'https://scicat.lab.org' } }
apps:
  near: { url: https://lab.org, rules: [{ networks: [192.0.2.0/24], allow: public }] }
`;
  const telling = '/auth/nginx?address=x-original-address';
  const ask = async (url: string, headers: RawHeaders): Promise<Answer> => {
    const { gate, config } = await createTestGate(known, networks);
    const own = ['X-Original-URL', 'https://lab.org/x', 'X-Original-Method', 'GET'];
    const asked = { method: 'GET', url, headers: [...own, ...headers], peerAddress: '10.0.0.1' };
    return answer(asked, gate, config.trustedProxies);
  };
  const from = (address: string) => ['X-Original-Address', address];

  it('is what rules by networks go by, where the address of the question says that nginx sets it', async () => {
    for (const url of [telling, `${telling}&app=near`, `/auth/nginx?app=near&address=x-original-address`]) {
      assert.equal((await ask(url, from('192.0.2.1'))).status, 200);
      assert.equal(reasonOf(await ask(url, from('198.51.100.1'))), 'no_rule');
    }
  });

  it('is unknown where the address of the question does not say so: the header may be the client’s own', async () => {
    for (const url of ['/auth/nginx', '/auth/nginx?app=near', '/outpost.goauthentik.io/auth/nginx'])
      for (const name of ['X-Original-Address', 'X-Forwarded-For', 'X-Real-IP'])
        assert.equal(
          reasonOf(await ask(url, [name, '192.0.2.1'])),
          'client_address_unknown',
          `${url} ${name}`,
        );
  });

  it('is malformed where it is missing, or there twice', async () => {
    const twice = [...from('192.0.2.1'), ...from('192.0.2.1')];
    assert.equal(reasonOf(await ask(telling, twice)), 'repeated_forwarded_header');
    assert.equal(reasonOf(await ask(telling, [])), 'missing_forwarded_header');
    assert.equal((await ask(telling, [])).status, 403);
  });

  it('is unknown where it is none', async () => {
    for (const text of ['unix:', 'x', `fe80::1%${'a'.repeat(100)}`])
      assert.equal(reasonOf(await ask(telling, from(text))), 'client_address_unknown', text);
  });

  it('stands in no other header, and is no parameter of another proxy’s', async () => {
    for (const query of ['?address=x-real-ip', '?address=', '?address=x-original-address&address=x-real-ip'])
      assert.equal(
        reasonOf(await ask(`/auth/nginx${query}`, from('192.0.2.1'))),
        'invalid_parameters',
        query,
      );
    for (const path of ['/auth/traefik', '/outpost.goauthentik.io/auth/nginx']) {
      const headers = [...forwarded({ method: 'GET', target: '/x', host: 'lab.org' }), ...from('192.0.2.1')];
      const told = await ask(`${path}?address=x-original-address`, headers);
      assert.equal(reasonOf(told), 'invalid_parameters', path);
    }
  });
});

describe('a question as Auth-o-tron’s and authentik’s users wrote it for nginx', () => {
  const ask = async (url: string, headers: RawHeaders): Promise<Answer> => {
    const { gate, config } = await createTestGate(known, file);
    return answer({ method: 'GET', url, headers, peerAddress: '10.0.0.1' }, gate, config.trustedProxies);
  };

  it('at /authenticate names a path alone; the config names the app', async () => {
    const told = await ask('/authenticate', ['X-Original-URI', '/v1/suites?x=1', ...bearer]);
    assert.equal(told.status, 200);
    assert.deepEqual(valuesIn(told.headers, 'x-auth-username'), ['alice']);
    assert.deepEqual(valuesIn(told.headers, 'x-auth-realm'), ['scicat']);
    assert.deepEqual(valuesIn(told.headers, 'x-auth-roles'), ['admin']);
    assert.match(valuesIn(told.headers, 'authorization')[0] ?? '', /^Bearer eyJ/);
    assert.equal((await ask('/authenticate', ['X-Original-URI', '/v1/suites'])).status, 401);
    assert.equal((await ask('/authenticate', ['X-Original-URI', '/a//b', ...bearer])).status, 403);
    assert.equal((await ask('/authenticate', bearer)).status, 403);
  });

  it('at /authenticate is not believed about host, method or app', async () => {
    const claims = ['X-Original-URL', 'https://lab.org/echo/open/x', 'X-Forwarded-Host', 'lab.org'];
    const told = await ask('/authenticate', ['X-Original-URI', '/echo/open/x', ...claims]);
    assert.equal(told.status, 401);
  });

  it('at the outpost’s address has no method: an app whose rules go by methods is refused', async () => {
    const at = '/outpost.goauthentik.io/auth/nginx';
    const client = ['X-Original-Method', 'GET', ...bearer];
    assert.equal((await ask(at, ['X-Original-URL', 'https://lab.org/echo/x', ...client])).status, 403);
    assert.equal((await ask(at, ['X-Original-URL', 'https://ecflow.lab.org/x', ...client])).status, 200);
  });
});
