// A gateway with people who sign in in a browser: an identity provider, dashboards on hosts of their own and below a path
// of the gateway's host, and the real Traefik before them.
import { findPart, traefik } from '../real-parts/find.ts';
import { type IdentityProvider, startIdentityProvider } from '../simulators/oidc/identity-provider.ts';
import { type ScicatSimulator, startScicat } from '../simulators/scicat/start.ts';
import { type DashboardApp, startDashboardApp } from './dashboard-app.ts';
import { startTestGateway, type TestGateway } from './gateway.ts';
import { labAccounts } from './lab-accounts.ts';
import { freePort, type RunningTraefik, startTraefik } from './traefik.ts';

export type SignInSite = {
  readonly idp: IdentityProvider;
  readonly scicat: ScicatSimulator;
  readonly gateway: TestGateway;
  readonly proxy: RunningTraefik;
  readonly dashboards: Readonly<Record<'one' | 'two' | 'below' | 'far', DashboardApp>>;
  readonly publicUrl: string;
  /** `https://<name>.lab.localhost:<port>`, and so on. */
  readonly urls: Readonly<Record<'one' | 'two' | 'below' | 'far', string>>;
  stop(): Promise<void>;
};

/** @param changes keys of the gateway's file, at its top level. */
export async function startSignInSite(changes: object = {}): Promise<SignInSite> {
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
      ...changes,
    },
  });
  const proxy = await startTraefik(
    findPart(traefik) ?? '',
    { proxies: gateway.proxiesPort, public: gateway.publicPort, transfer: await freePort(), secure },
    () => routersOf(dashboards),
  );
  return {
    ...{ idp, scicat, gateway, proxy, dashboards, publicUrl, urls },
    stop: async () => {
      await proxy.stop();
      await gateway.stop();
      await Promise.all(Object.values(dashboards).map((dashboard) => dashboard.stop()));
      await scicat.stop();
      await idp.stop();
    },
  };
}

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
