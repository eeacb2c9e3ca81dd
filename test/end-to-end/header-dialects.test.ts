// Names and groups pass each real proxy, and standalone mode, as bytes that an app reads as they were, or are refused with
// the reason.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { readers } from '../gateway/proxies/product-decoders.ts';
import { traefikHeaders } from '../gateway/samples.ts';
import { caddy, describeWith, envoy, findPart, nginx, type RealPart, traefik } from '../real-parts/find.ts';
import { type OidcSimulator, startOidc } from '../simulators/oidc/start.ts';
import { type Client, createClient, field } from './ask.ts';
import { startCaddy } from './caddy.ts';
import { type Echo, type Received, startEcho } from './echo.ts';
import { startEnvoy } from './envoy.ts';
import { startTestGateway, type TestGateway } from './gateway.ts';
import { type ProxyPorts, type RunningProxy, startNginx } from './nginx.ts';
import { freePort, startTraefik } from './traefik.ts';

const host = 'lab.localhost';
const remoteUser = ['Remote-User', 'Remote-Groups', 'Remote-Email', 'Remote-Name'];
const presets = ['remote-user', 'authentik', 'oauth2-proxy', 'grafana', 'beamgate'] as const;
const appsAt = (more: object) =>
  Object.fromEntries(
    presets.map((preset) => [
      `${preset}-app`,
      {
        url: `https://lab.localhost/${preset}`,
        preset,
        allow: 'signed-in',
        credentials: ['bearer'],
        ...more,
      },
    ]),
  );

type Kind = {
  readonly part: RealPart;
  /** Its file copies the headers of one preset by name. */
  readonly isByName?: true;
  readonly start: (program: string, ports: ProxyPorts) => Promise<RunningProxy>;
};

async function startTraefikPlain(program: string, ports: ProxyPorts): Promise<RunningProxy> {
  const running = await startTraefik(program, { ...ports, transfer: await freePort() }, () => ({
    http: {
      routers: {
        echo: {
          rule: presets.map((preset) => `PathPrefix(\`/${preset}/\`)`).join(' || '),
          service: 'echo',
          entryPoints: ['plain'],
          middlewares: ['beamgate'],
        },
      },
      services: { echo: { loadBalancer: { servers: [{ url: `http://127.0.0.1:${ports.app}` }] } } },
    },
  }));
  return { port: running.plainPort, stop: running.stop };
}

const copiedByNginx = (ports: ProxyPorts): string => `
location /remote-user/ {
  include beamgate-ask.conf; include beamgate-forwarded.conf;
  ${remoteUser
    .map((name) => {
      const variable = name.toLowerCase().replace('-', '_');
      return `auth_request_set $told_${variable} $upstream_http_${variable}; proxy_set_header ${name} $told_${variable};`;
    })
    .join('\n  ')}
  proxy_pass http://127.0.0.1:${ports.app};
}`;

const kinds: readonly Kind[] = [
  { part: traefik, start: startTraefikPlain },
  {
    part: nginx,
    isByName: true,
    start: (program, ports) => startNginx(program, ports, { prefixes: [], extra: copiedByNginx(ports) }),
  },
  {
    part: caddy,
    isByName: true,
    start: (program, ports) =>
      startCaddy(program, ports, { prefixes: ['/remote-user/'], copied: remoteUser }),
  },
  {
    part: envoy,
    start: (program, ports) =>
      startEnvoy(program, ports, {
        apps: presets.map((preset) => ({ name: preset, host, prefix: `/${preset}`, port: ports.app })),
      }),
  },
];

const userHeader: Readonly<Record<(typeof presets)[number], readonly [user: string, groups: string]>> = {
  'remote-user': ['remote-user', 'remote-groups'],
  authentik: ['x-authentik-username', 'x-authentik-groups'],
  'oauth2-proxy': ['x-auth-request-user', 'x-auth-request-groups'],
  grafana: ['x-webauth-user', 'x-webauth-groups'],
  beamgate: ['x-auth-username', 'x-auth-groups'],
};

const users = [
  'Ann Smith',
  'Zoë Müller',
  '100% Ann%20',
  'Smith, Ann',
  '张三',
  'ann=41;b"c\\d',
  "o'hara@lab.org",
];
const groups = ['it admins', 'münchen', '50%', 'a=b'];

const providersOf = (oidc: OidcSimulator) => ({
  sso: { kind: 'oidc', issuer: oidc.issuer, acceptTokensFor: ['ingestor'] },
});

function received(echo: Echo): Received {
  const last = echo.received.at(-1);
  assert.ok(last !== undefined, 'the app received nothing');
  return last;
}

/** As the product reads it. */
function readBy(preset: (typeof presets)[number], { headers }: Received) {
  const [user, list] = userHeader[preset];
  const reader = readers[preset];
  const encoding = preset === 'beamgate' ? 'percent' : 'utf-8';
  return {
    user: reader.text(String(headers[user]), encoding),
    groups: reader.list(String(headers[list]), encoding),
  };
}

for (const { part, isByName, start } of kinds)
  describeWith([part], `identities behind the real ${part.name}`, () => {
    let oidc: OidcSimulator;
    let echo: Echo;
    let gateway: TestGateway;
    let proxy: RunningProxy;
    let ask: Client;

    before(async () => {
      [oidc, echo] = [await startOidc(), await startEcho()];
      gateway = await startTestGateway({
        scicatUrl: 'http://127.0.0.1:9',
        top: { providers: providersOf(oidc), apps: appsAt({}) },
      });
      const ports = { proxies: gateway.proxiesPort, public: gateway.publicPort, app: echo.port };
      proxy = await start(findPart(part) ?? '', ports);
      ask = createClient({ scheme: 'http', port: proxy.port });
    });

    after(async () => {
      await proxy?.stop();
      await gateway?.stop();
      await echo?.stop();
      await oidc?.stop();
    });

    const askAs = async (preset: string, claims: object) =>
      ask({
        path: `/${preset}/x`,
        host,
        headers: ['Authorization', `Bearer ${await oidc.accessToken({ ...claims })}`],
      });

    for (const preset of isByName === true ? (['remote-user'] as const) : presets)
      it(`reach an app with the preset ${preset} as it reads them`, async () => {
        for (const preferred_username of users) {
          const told = await askAs(preset, { preferred_username, groups, name: ' Ann\t Smith \n' });
          assert.equal(told.status, 200, `${preferred_username}: ${told.body}`);
          assert.deepEqual(readBy(preset, received(echo)), { user: preferred_username, groups });
        }
      });

    it('that would become another one are refused, and the app is not asked', async () => {
      const count = echo.received.length;
      for (const claims of [
        { preferred_username: ' ann' },
        { preferred_username: 'ann ' },
        { preferred_username: 'ann\r\nRemote-Groups: it' },
        { preferred_username: 'ann\u0000' },
        { groups: ['a,it'] },
        { groups: ['it '] },
      ]) {
        const told = await askAs('remote-user', claims);
        assert.equal(told.status, 403, JSON.stringify(claims));
        // nginx answers with words of its own.
        assert.match(gateway.log.at(-1) ?? '', /"reason":"identity_unsendable"/);
      }
      assert.equal(echo.received.length, count);
    });
  });

describe('identities in standalone mode', () => {
  it('reach an app as it reads them', async (t) => {
    const [oidc, echo] = [await startOidc(), await startEcho()];
    const gateway = await startTestGateway({
      scicatUrl: 'http://127.0.0.1:9',
      top: {
        listen: {
          proxies: '127.0.0.1:0',
          public: '127.0.0.1:0',
          operations: '127.0.0.1:0',
          standalone: '127.0.0.1:0',
        },
        providers: providersOf(oidc),
        apps: appsAt({ upstream: `http://127.0.0.1:${echo.port}` }),
      },
    });
    t.after(() => Promise.all([gateway.stop(), echo.stop(), oidc.stop()]));
    const ask = createClient({ scheme: 'http', port: gateway.standalonePort ?? 0 });
    for (const preset of presets)
      for (const preferred_username of users) {
        const token = await oidc.accessToken({ preferred_username, groups });
        const headers = ['Authorization', `Bearer ${token}`, 'X-Forwarded-Proto', 'https'];
        const told = await ask({ path: `/${preset}/x`, host, headers });
        assert.equal(told.status, 200, told.body);
        assert.deepEqual(readBy(preset, received(echo)), { user: preferred_username, groups });
      }
  });
});

describe('headerEncoding', () => {
  it('writes names as an app wants them that reads otherwise', async (t) => {
    const oidc = await startOidc();
    const apps = Object.fromEntries(
      ['utf-8', 'latin-1', 'percent', 'quoted-printable'].map((headerEncoding) => [
        headerEncoding,
        {
          url: `https://lab.org/${headerEncoding}`,
          preset: 'remote-user',
          headerEncoding,
          allow: 'signed-in',
        },
      ]),
    );
    const gateway = await startTestGateway({
      scicatUrl: 'http://127.0.0.1:9',
      top: { publicUrl: 'https://lab.org/sso', providers: providersOf(oidc), apps },
    });
    t.after(() => Promise.all([gateway.stop(), oidc.stop()]));
    const client = createClient({ scheme: 'http', port: gateway.proxiesPort });
    const ask = async (encoding: string, preferred_username: string) => {
      const token = await oidc.accessToken({ preferred_username });
      const headers = traefikHeaders({ 'X-Forwarded-Uri': `/${encoding}` }, [
        'Authorization',
        `Bearer ${token}`,
      ]);
      return client({ path: '/auth/traefik', host: 'gateway', headers });
    };
    const written = async (encoding: string) => (await ask(encoding, 'Zoë M')).headers['remote-user'];
    assert.equal(await written('utf-8'), Buffer.from('Zoë M').toString('latin1'));
    assert.equal(await written('latin-1'), 'Zoë M');
    assert.equal(await written('percent'), 'Zo%C3%AB%20M');
    assert.equal(await written('quoted-printable'), 'Zo=C3=AB M');
    const refused = await ask('latin-1', 'Łukasz');
    assert.equal(`${refused.status} ${field(refused, 'reason')}`, '403 identity_unsendable');
    assert.match(
      gateway.log.join(''),
      /Remote-User: the user name holds a character that latin-1 does not have/,
    );
  });
});
