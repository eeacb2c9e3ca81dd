// A gateway with people who sign in in a browser: an identity provider, dashboards on hosts of their own and below a path
// of the gateway's host, and a real proxy before them.
import { type IdentityProvider, startIdentityProvider } from '../simulators/oidc/identity-provider.ts';
import { type ScicatSimulator, startScicat } from '../simulators/scicat/start.ts';
import { makeAuthority } from '../tls/authority.ts';
import { type DashboardApp, startDashboardApp } from './dashboard-app.ts';
import { type EnvoyApp, startEnvoy } from './envoy.ts';
import { startTestGateway, type TestGateway } from './gateway.ts';
import { labAccounts } from './lab-accounts.ts';
import type { RunningProxy } from './nginx.ts';
import { freePort, startTraefik } from './traefik.ts';

type Dashboards = Readonly<Record<'one' | 'two' | 'below' | 'far', DashboardApp>>;

/** Over TLS, before every dashboard. */
export type StartProxy = (
  program: string,
  ports: { readonly proxies: number; readonly public: number; readonly secure: number },
  dashboards: Dashboards,
) => Promise<Pick<RunningProxy, 'stop'>>;

export type SignInSite = {
  readonly idp: IdentityProvider;
  readonly scicat: ScicatSimulator;
  readonly gateway: TestGateway;
  readonly dashboards: Dashboards;
  readonly publicUrl: string;
  /** `https://<name>.lab.localhost:<port>`, and so on. */
  readonly urls: Readonly<Record<'one' | 'two' | 'below' | 'far', string>>;
  stop(): Promise<void>;
};

export async function startSignInSite(program: string, startProxy: StartProxy): Promise<SignInSite> {
  const [secure, idpPort] = [await freePort(), await freePort()];
  const publicUrl = `https://lab.localhost:${secure}/sso`;
  const idp = await startIdentityProvider({ publicUrl, port: idpPort });
  const scicat = await startScicat();
  const dashboards = {
    one: await startDashboardApp('Dashboard one'),
    two: await startDashboardApp('Dashboard two'),
    below: await startDashboardApp('Dashboard below a path'),
    far: await startDashboardApp('Dashboard of another domain'),
  };
  const urls = {
    one: `https://one.lab.localhost:${secure}`,
    two: `https://two.lab.localhost:${secure}/tool`,
    below: `https://lab.localhost:${secure}/below`,
    far: `https://far.facility.localhost:${secure}`,
  };
  const gateway = await startTestGateway({
    scicatUrl: scicat.url,
    apps: {
      traefik: { url: `https://traefik.lab.localhost:${secure}`, allow: { groups: ['it'], realms: ['idp'] } },
      one: { url: urls.one, title: 'Dashboard one', allow: 'signed-in', logoutPaths: ['/sign-out'] },
      two: { url: urls.two, title: 'Dashboard two', allow: { groups: ['it'], realms: ['idp'] } },
      below: { url: urls.below, title: 'Below a path', allow: 'signed-in' },
      far: { url: urls.far, title: 'Of another domain', allow: 'signed-in', providers: ['idp'] },
    },
    top: {
      publicUrl,
      providers: {
        idp: labAccounts(idp),
        scicat: { kind: 'scicat', title: 'SciCat', url: scicat.url, signIn: {} },
      },
    },
  });
  const ports = { proxies: gateway.proxiesPort, public: gateway.publicPort, secure };
  const proxy = await startProxy(program, ports, dashboards);
  return {
    ...{ idp, scicat, gateway, dashboards, publicUrl, urls },
    stop: async () => {
      await proxy.stop();
      await gateway.stop();
      await Promise.all(Object.values(dashboards).map((dashboard) => dashboard.stop()));
      await scicat.stop();
      await idp.stop();
    },
  };
}

export const traefikBefore: StartProxy = async (program, ports, dashboards) =>
  startTraefik(program, { ...ports, transfer: await freePort() }, () => routersOf(dashboards));

export const envoyBefore: StartProxy = (program, { secure, ...ports }, dashboards) => {
  const at = (name: keyof Dashboards, host: string, prefix: string): EnvoyApp => {
    return { name, host, prefix, port: dashboards[name].port };
  };
  const apps = [
    at('one', 'one.lab.localhost', ''),
    at('two', 'two.lab.localhost', '/tool'),
    at('below', 'lab.localhost', '/below'),
    at('far', 'far.facility.localhost', ''),
  ];
  const { server } = makeAuthority(apps.map(({ host }) => `DNS:${host}`));
  return startEnvoy(program, ports, { apps, certificate: server, port: secure });
};

function routersOf(dashboards: SignInSite['dashboards']): object {
  const rules = {
    one: 'Host(`one.lab.localhost`)',
    two: 'Host(`two.lab.localhost`) && (Path(`/tool`) || PathPrefix(`/tool/`))',
    below: 'Host(`lab.localhost`) && (Path(`/below`) || PathPrefix(`/below/`))',
    far: 'Host(`far.facility.localhost`)',
  };
  return {
    http: {
      routers: Object.fromEntries(
        Object.entries(rules).map(([name, rule]) => [name, { rule, service: name }]),
      ),
      services: Object.fromEntries(
        Object.entries(dashboards).map(([name, { port }]) => [
          name,
          { loadBalancer: { servers: [{ url: `http://127.0.0.1:${port}` }] } },
        ]),
      ),
    },
  };
}
