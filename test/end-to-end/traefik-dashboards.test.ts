// The presets through the real Traefik, with the files of traefik/dashboards/ and config/: each app on a host of its own,
// and all of them under paths of one. Grafana is the stand-in of test/simulators/.
import assert from 'node:assert/strict';
import { after, before, it } from 'node:test';
import { describeWith, findPart, traefik } from '../real-parts/find.ts';
import { type Grafana, startGrafana } from '../simulators/grafana.ts';
import { type ScicatSimulator, startScicat } from '../simulators/scicat/start.ts';
import { type Client, createClient, field, type Told } from './ask.ts';
import { dashboardApps, dashboardRouters } from './dashboards.ts';
import { type Echo, startEcho } from './echo.ts';
import { startTestGateway, type TestGateway } from './gateway.ts';
import { freePort, type RunningTraefik, startTraefik } from './traefik.ts';

const navigation = ['Sec-Fetch-Mode', 'navigate', 'Accept', 'text/html'];
const signature =
  'AWS4-HMAC-SHA256 Credential=AKIA/20261121/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=aa';

type Scene = {
  readonly scicat: ScicatSimulator;
  readonly echo: Echo;
  readonly grafana: Grafana;
  readonly gateway: TestGateway;
  readonly proxy: RunningTraefik;
  readonly ask: Client;
  /** Of the group `it`, and of none that is named. */
  readonly admin: readonly string[];
  readonly outsider: readonly string[];
  stop(): Promise<void>;
};

async function startScene(
  config: string,
  files: readonly string[],
  grafanaOf: (jwks: string) => Parameters<typeof startGrafana>[0],
): Promise<Scene> {
  const scicat = await startScicat();
  const echo = await startEcho();
  const gateway = await startTestGateway({ scicatUrl: scicat.url, apps: withGroups(dashboardApps(config)) });
  const grafana = await startGrafana(grafanaOf(`http://127.0.0.1:${gateway.publicPort}/sso/jwks.json`));
  const backends = { 3001: grafana.port, 9000: echo.port, 9001: echo.port, 4200: echo.port, 8088: echo.port };
  const proxy = await startTraefik(
    findPart(traefik) ?? '',
    { proxies: gateway.proxiesPort, public: gateway.publicPort, transfer: await freePort() },
    () => dashboardRouters(files, backends),
  );
  const token = async (name: string) => ['SciCat-API-Key', await scicat.tokenFor(name)];
  return {
    ...{ scicat, echo, grafana, gateway, proxy },
    ask: createClient({ scheme: 'https', port: proxy.securePort }),
    admin: await token('alice'),
    outsider: await token('bob'),
    stop: async () => {
      await proxy.stop();
      await grafana.stop();
      await gateway.stop();
      await echo.stop();
      await scicat.stop();
    },
  };
}

/** The simulator's people are in other groups than the files name. */
function withGroups(apps: Readonly<Record<string, object>>): object {
  return JSON.parse(JSON.stringify(apps).replaceAll('"it"', '"p1"').replaceAll('"beamline-staff"', '"p1"'));
}

const login = (told: Told) => [told.status, String(told.headers.location ?? '').split('?')[0]];

describeWith([traefik], 'dashboards on hosts of their own', () => {
  let scene: Scene;
  before(async () => {
    scene = await startScene(
      'dashboards-own-hosts.yaml',
      ['grafana.yaml', 'minio.yaml', 'prefect.yaml'],
      (jwkSetUrl) => ({
        jwt: { jwkSetUrl, issuer: 'https://lab.localhost/sso', audience: 'grafana' },
        tokens: { glsa_own: 'sa-reporting' },
      }),
    );
  });
  after(() => scene?.stop());

  for (const host of ['grafana', 'minio', 'prefect', 'traefik'])
    it(`${host} sends somebody unknown to sign in, and says no to somebody of another group`, async () => {
      const asked = { path: '/', host: `${host}.lab.localhost` };
      assert.deepEqual(login(await scene.ask({ ...asked, headers: navigation })), [
        302,
        'https://lab.localhost/sso/login',
      ]);
      assert.equal((await scene.ask({ ...asked, headers: ['Accept', 'application/json'] })).status, 401);
      assert.equal((await scene.ask({ ...asked, headers: [...navigation, ...scene.outsider] })).status, 403);
    });

  it('Grafana takes the assertion, and nothing that a client makes up', async () => {
    const asked = { path: '/api/user', host: 'grafana.lab.localhost' };
    const told = await scene.ask({ ...asked, headers: scene.admin });
    assert.deepEqual([told.status, field(told, 'login'), field(told, 'via')], [200, 'alice', 'jwt']);
    const forged = ['X-WEBAUTH-USER', 'root', 'X-JWT-Assertion', 'made.up.text'];
    const again = await scene.ask({ ...asked, headers: [...scene.admin, ...forged] });
    assert.equal(field(again, 'login'), 'alice');
    assert.equal((await scene.ask({ ...asked, headers: forged })).status, 401);
  });

  it('Grafana refuses an assertion that was made for another app', async () => {
    await scene.ask({ path: '/api/flows', host: 'prefect.lab.localhost', headers: scene.admin });
    const foreign = scene.echo.received.at(-1)?.headers['x-auth-assertion'];
    assert.ok(typeof foreign === 'string' && foreign.length > 100);
    const direct = createClient({ scheme: 'http', port: scene.grafana.port });
    const told = await direct({ path: '/api/user', host: 'grafana', headers: ['X-JWT-Assertion', foreign] });
    assert.deepEqual([told.status, field(told, 'message')], [401, 'Invalid JWT']);
  });

  it('Grafana’s health is anyone’s, and its sign-out leads to that of the gateway', async () => {
    const host = 'grafana.lab.localhost';
    assert.deepEqual([(await scene.ask({ path: '/api/health', host })).status], [200]);
    const told = await scene.ask({ path: '/logout', host, headers: [...navigation, ...scene.admin] });
    assert.deepEqual(
      [told.status, told.headers.location],
      [302, 'https://lab.localhost/sso/logout?app=grafana'],
    );
    assert.ok(!scene.grafana.asked.includes('/logout'));
  });

  it('a signature reaches MinIO’s API as it was sent, whoever sends it, and encoded names too', async () => {
    const path = '/bucket/a%2Fb%20c?x-id=GetObject';
    const told = await scene.ask({ path, host: 's3.lab.localhost', headers: ['Authorization', signature] });
    assert.equal(told.status, 200);
    const received = scene.echo.received.at(-1);
    assert.deepEqual(
      [received?.url, received?.headers.authorization, received?.headers.host],
      [path, signature, 's3.lab.localhost'],
    );
  });

  it('a signature opens nothing of MinIO’s console, and its own cookies pass', async () => {
    const host = 'minio.lab.localhost';
    assert.equal(
      (await scene.ask({ path: '/api/v1/buckets', host, headers: ['Authorization', signature] })).status,
      401,
    );
    const told = await scene.ask({
      path: '/api/v1/buckets',
      host,
      headers: [...scene.admin, 'Cookie', 'token=own'],
    });
    assert.equal(told.status, 200);
    assert.equal(scene.echo.received.at(-1)?.headers.cookie, 'token=own');
  });

  it('Prefect’s health is anyone’s, and its own password passes beside who it is', async () => {
    const host = 'prefect.lab.localhost';
    assert.equal((await scene.ask({ path: '/api/health', host })).status, 200);
    assert.equal((await scene.ask({ path: '/api/admin/version', host })).status, 401);
    const told = await scene.ask({
      path: '/api/flows',
      host,
      headers: [...scene.admin, 'Authorization', 'Basic YTpi'],
    });
    assert.equal(told.status, 200);
    assert.equal(scene.echo.received.at(-1)?.headers.authorization, 'Basic YTpi');
  });

  it('Traefik’s own API answers those who may, and nobody else', async () => {
    const asked = { path: '/api/version', host: 'traefik.lab.localhost' };
    assert.equal(field(await scene.ask({ ...asked, headers: scene.admin }), 'Version'), '3.6.12');
    assert.equal((await scene.ask(asked)).status, 401);
  });
});

describeWith([traefik], 'dashboards under paths of one host', () => {
  let scene: Scene;
  const host = 'lab.localhost';
  before(async () => {
    scene = await startScene('dashboards-one-host.yaml', ['one-host.yaml'], () => ({
      proxyWhitelist: ['127.0.0.1'],
    }));
  });
  after(() => scene?.stop());

  const closed = [
    '/api/version',
    '/dashboard/',
    '/minio/',
    '/minio',
    '/grafana/',
    '/archiver/prefect/ui/',
    '/archiver/prefect/api/flows/filter',
  ];
  for (const path of closed)
    it(`${path} is for those who may`, async () => {
      assert.deepEqual(login(await scene.ask({ path, host, headers: navigation })), [
        302,
        'https://lab.localhost/sso/login',
      ]);
      assert.equal((await scene.ask({ path, host, headers: scene.outsider })).status, 403);
      const told = await scene.ask({ path, host, headers: scene.admin });
      // Traefik was built without the pages of its dashboard.
      assert.ok(told.status === 200 || path === '/dashboard/', `${told.status}`);
    });

  const routed: readonly (readonly [path: string, seen: string])[] = [
    ['/minio/browser/b', '/browser/b'],
    ['/archiver/prefect/ui/runs', '/archiver/prefect/ui/runs'],
    ['/archiver/prefect/api/flows/filter', '/api/flows/filter'],
    ['/', '/'],
    ['/apix', '/apix'],
    ['/grafanax/d', '/grafanax/d'],
  ];
  for (const [path, seen] of routed)
    it(`${path} reaches its app as ${seen}`, async () => {
      const told = await scene.ask({ path, host, headers: scene.admin });
      assert.deepEqual([told.status, field(told, 'url')], [200, seen]);
    });

  it('what is at / is anyone’s, and learns nothing of who it is', async () => {
    const told = await scene.ask({ path: '/bucket/key', host, headers: ['X-Auth-Username', 'root'] });
    assert.equal(told.status, 200);
    assert.equal(scene.echo.received.at(-1)?.headers['x-auth-username'] ?? '', '');
  });

  it('Grafana’s auth proxy is told who it is, and believes nobody but its proxy', async () => {
    const told = await scene.ask({
      path: '/grafana/api/user',
      host,
      headers: [...scene.admin, 'X-WEBAUTH-USER', 'root'],
    });
    assert.deepEqual([field(told, 'login'), field(told, 'via')], ['alice', 'auth_proxy']);
    assert.ok(String(field(told, 'groups')).split(',').includes('p1'));
  });

  it('health paths are anyone’s below their own prefix', async () => {
    assert.equal((await scene.ask({ path: '/archiver/prefect/api/health', host })).status, 200);
    assert.equal((await scene.ask({ path: '/grafana/api/health', host })).status, 200);
    assert.equal((await scene.ask({ path: '/archiver/prefect/ui/health', host })).status, 401);
  });
});
