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
  const atHosts = Map.groupBy(
    apps.filter(({ stripped }) => !stripped),
    ({ host }) => (host.kind === 'exact' ? host.name : undefined),
  );
  const others = (atHosts.get(undefined) ?? []).sort((a, b) => specificity(b) - specificity(a));
  const byHost = namedIn(atHosts).map(([host, alike]) => [host, indexAtHost(alike)] as const);
  return { byName: new Map(apps.map((app) => [app.name, app])), byHost: new TextMap(byHost), others };
}

function indexAtHost(apps: readonly App[]): AppsAtHost {
  const byFirst = Map.groupBy(apps, ({ prefix }) => prefix[0]);
  const below = namedIn(byFirst);
  return {
    whole: byFirst.get(undefined) ?? [],
    below: below.length === 0 ? undefined : new TextMap(below),
  };
}

/** All groups but that of what has no name. */
function namedIn<Group>(
  groups: ReadonlyMap<string | undefined, Group>,
): readonly (readonly [string, Group])[] {
  return [...groups].flatMap(([name, group]) => (name === undefined ? [] : [[name, group] as const]));
}

/** How much a wildcard host says: the length of its suffix. */
export function specificity(app: App | undefined): number {
  return app?.host.kind === 'below' ? app.host.suffix.length : 0;
}
