// The files for dashboards, config/dashboards-*.yaml and traefik/dashboards/*.yaml, with a test's own addresses.
import { readFileSync } from 'node:fs';
import { load } from 'js-yaml';

const root = new URL('../../', import.meta.url);

/** `apps` of a gateway's file, for SciCat tokens instead of an OpenID Connect provider. */
export function dashboardApps(file: string): Readonly<Record<string, object>> {
  const { apps } = Object(load(readFileSync(new URL(`config/${file}`, root), 'utf8')));
  return apps;
}

/** One or more of Traefik's files, as one. @param ports by the port that the file names. */
export function dashboardRouters(files: readonly string[], ports: Readonly<Record<number, number>>): object {
  const parts = files.map((file) => {
    const text = Object.entries(ports).reduce(
      (replaced, [from, to]) => replaced.replaceAll(`127.0.0.1:${from}"`, `127.0.0.1:${to}"`),
      readFileSync(new URL(`traefik/dashboards/${file}`, root), 'utf8'),
    );
    return Object(load(text)).http;
  });
  const merge = (key: string) => Object.assign({}, ...parts.map((part) => Object(part)[key]));
  const middlewares = merge('middlewares');
  return {
    http: {
      ...(Object.keys(middlewares).length === 0 ? {} : { middlewares }),
      routers: merge('routers'),
      services: merge('services'),
    },
  };
}
