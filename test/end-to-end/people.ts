// People for a site: an identity provider at which three of them sign in, and two dashboards that they may open or not.
import { type IdentityProvider, startIdentityProvider } from '../simulators/oidc/identity-provider.ts';
import { startDashboardApp } from './dashboard-app.ts';
import { labAccounts } from './lab-accounts.ts';
import { freePort } from './traefik.ts';

export type People = {
  readonly idp: IdentityProvider;
  /** Of the gateway's file. */
  readonly provider: object;
  readonly apps: Readonly<Record<string, object>>;
  /** Traefik's. */
  readonly routers: Readonly<Record<string, object>>;
  readonly services: Readonly<Record<string, object>>;
  readonly dashboards: readonly { readonly title: string; readonly url: string; readonly who: string }[];
  stop(): Promise<void>;
};

const known = [
  { name: 'beamline', title: 'Beamline status', group: 'beamline-staff', who: 'Olga and Ben' },
  { name: 'machines', title: 'Machine room', group: 'it', who: 'Olga' },
] as const;

/** @param at.origin of the proxy, by the name of a host below `lab.localhost`. */
export async function startPeople(at: {
  readonly publicUrl: string;
  readonly origin: (name: string) => string;
  readonly isStandalone: boolean;
}): Promise<People> {
  const idp = await startIdentityProvider({ publicUrl: at.publicUrl, port: await freePort() });
  const running = await Promise.all(
    known.map(async (one) => ({ ...one, url: at.origin(one.name), app: await startDashboardApp(one.title) })),
  );
  const byName = <Value>(make: (one: (typeof running)[number]) => Value): Record<string, Value> =>
    Object.fromEntries(running.map((one) => [one.name, make(one)]));
  const upstreamOf = (port: number) => (at.isStandalone ? { upstream: `http://127.0.0.1:${port}` } : {});
  return {
    idp,
    provider: labAccounts(idp),
    apps: byName(({ title, url, group, app }) => ({
      ...{ title, url, logoutPaths: ['/sign-out'] },
      allow: { groups: [group], realms: ['idp'] },
      ...upstreamOf(app.port),
    })),
    routers: byName(({ name }) => ({ rule: `Host(\`${name}.lab.localhost\`)`, service: name })),
    services: byName(({ app }) => ({ loadBalancer: { servers: [{ url: `http://127.0.0.1:${app.port}` }] } })),
    dashboards: running.map(({ title, url, who }) => ({ title, url, who })),
    stop: async () => {
      await Promise.all(running.map(({ app }) => app.stop()));
      await idp.stop();
    },
  };
}
