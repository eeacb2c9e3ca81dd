// docker-compose.yml and what it mounts, parsed: as Compose reads it, with the defaults of its variables.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CORE_SCHEMA, load, mergeTag } from 'js-yaml';
import { z } from 'zod';

export const root = fileURLToPath(new URL('../..', import.meta.url));

const service = z.looseObject({
  image: z.string(),
  build: z.object({ context: z.string(), dockerfile: z.string(), target: z.string() }).optional(),
  command: z.array(z.string()),
  environment: z.record(z.string(), z.string()).default({}),
  ports: z.array(z.string()).default([]),
  volumes: z.array(z.string()),
  networks: z.union([
    z.array(z.string()),
    z.record(
      z.string(),
      z.object({ ipv4_address: z.string().optional(), aliases: z.array(z.string()).default([]) }),
    ),
  ]),
  depends_on: z.record(z.string(), z.object({ condition: z.string() })).default({}),
  healthcheck: z.looseObject({ test: z.array(z.string()) }),
  profiles: z.array(z.string()).default([]),
  read_only: z.boolean().default(false),
  cap_drop: z.array(z.string()).default([]),
  cap_add: z.array(z.string()).default([]),
  security_opt: z.array(z.string()).default([]),
});

const file = z.looseObject({
  services: z.record(z.string(), service),
  networks: z.object({
    beamgate: z.object({ ipam: z.object({ config: z.array(z.object({ subnet: z.string() })) }) }),
  }),
  volumes: z.record(z.string(), z.unknown()),
});

export type Service = z.output<typeof service>;

export function readText(path: string): string {
  return readFileSync(join(root, path), 'utf8');
}

export function readYaml(path: string): unknown {
  return load(readText(path), { schema: CORE_SCHEMA.withTags(mergeTag) });
}

/** @param environment of the `--env-file`; without: the defaults. */
export function readCompose(environment: Readonly<Record<string, string>> = {}) {
  const text = readText('docker-compose.yml').replace(
    /\$\{(\w+):-([^}]*)\}/g,
    (_all, name: string, standard: string) => environment[name] ?? standard,
  );
  return file.parse(load(text, { schema: CORE_SCHEMA.withTags(mergeTag) }));
}

export function readEnvironment(path: string): Readonly<Record<string, string>> {
  const lines = readText(path).split('\n');
  return Object.fromEntries(lines.filter((line) => /^\w+=/.test(line)).map((line) => line.split('=', 2)));
}

export type Mount = { readonly source: string; readonly target: string; readonly isReadOnly: boolean };

export function mountsOf({ volumes }: Service): readonly Mount[] {
  return volumes.map((volume) => {
    const [source = '', target = '', mode] = volume.split(':');
    return { source, target, isReadOnly: mode === 'ro' };
  });
}

/** What a path in the container is on this side, or `undefined`. */
export function hostPathOf(one: Service, path: string): string | undefined {
  for (const { source, target } of mountsOf(one)) {
    if (!source.startsWith('./')) continue;
    if (path === target || path.startsWith(`${target}/`)) return source.slice(2) + path.slice(target.length);
  }
  return undefined;
}

export function isThere(path: string): boolean {
  return existsSync(join(root, path));
}
