// Every app of a configuration, so that the one of a request is found without walking them all. Pure.
import { TextMap } from '../../platform/text-map.ts';
import type { App } from '../types.ts';

/** The name of the gateway itself among the apps: its own pages below `publicUrl` are public. */
export const gatewayAppName = 'beamgate';

/** Every app, found by name and by host without walking them all; by host none whose prefix has been removed. */
export type AppIndex = {
  readonly byName: ReadonlyMap<string, App>;
  readonly byHost: TextMap<AppsAtHost>;
  /** Wildcard hosts, the longest suffix first, then those for any host. */
  readonly others: readonly App[];
};

export type AppsAtHost = {
  /** Those without a prefix. */
  readonly whole: readonly App[];
  /** By the first segment of their prefix; `undefined`: none. */
  readonly below: TextMap<readonly App[]> | undefined;
};

export function indexApps(apps: readonly App[]): AppIndex {
  const found = apps.flatMap((app) =>
    app.host.kind === 'exact' && !app.stripped ? [{ app, hostName: app.host.name }] : [],
  );
  const byHost = [...Map.groupBy(found, ({ hostName }) => hostName)].map(
    ([hostName, atHost]) => [hostName, indexAtHost(atHost.map(({ app }) => app))] as const,
  );
  const others = apps
    .filter(({ host, stripped }) => host.kind !== 'exact' && !stripped)
    .sort((a, b) => specificity(b) - specificity(a));
  return { byName: new Map(apps.map((app) => [app.name, app])), byHost: new TextMap(byHost), others };
}

function indexAtHost(apps: readonly App[]): AppsAtHost {
  const below = Map.groupBy(apps, ({ prefix }) => prefix[0]);
  const whole = below.get(undefined) ?? [];
  const named = [...below].flatMap(([first, alike]) =>
    first === undefined ? [] : [[first, alike] as const],
  );
  return { whole, below: named.length === 0 ? undefined : new TextMap(named) };
}

/** How much a wildcard host says: the length of its suffix. */
export function specificity(app: App | undefined): number {
  return app?.host.kind === 'below' ? app.host.suffix.length : 0;
}
