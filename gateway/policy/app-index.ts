// Every app of a configuration, so that the one of a request is found without walking them all. Pure.
import type { App } from '../types.ts';

/** The name of the gateway itself among the apps: its own pages below `publicUrl` are public. */
export const gatewayAppName = 'beamgate';

/** Every app, found by name and by host without walking them all. */
export type AppIndex = {
  readonly byName: ReadonlyMap<string, App>;
  /** Of a host's apps, by the first segment of their prefix; without one, by `''`. */
  readonly byHost: ReadonlyMap<string, ReadonlyMap<string, readonly App[]>>;
  /** Wildcard hosts, the longest suffix first, then those for any host. */
  readonly others: readonly App[];
};

export function indexApps(apps: readonly App[]): AppIndex {
  const byHost = new Map<string, Map<string, App[]>>();
  for (const app of apps) {
    if (app.host.kind !== 'exact') continue;
    const atHost = byHost.get(app.host.name) ?? new Map<string, App[]>();
    const [first = ''] = app.prefix;
    const alike = atHost.get(first) ?? [];
    alike.push(app);
    byHost.set(app.host.name, atHost.set(first, alike));
  }
  const others = apps
    .filter(({ host }) => host.kind !== 'exact')
    .sort((a, b) => specificity(b) - specificity(a));
  return { byName: new Map(apps.map((app) => [app.name, app])), byHost, others };
}

/** How much a wildcard host says: the length of its suffix. */
export function specificity(app: App | undefined): number {
  return app?.host.kind === 'below' ? app.host.suffix.length : 0;
}
