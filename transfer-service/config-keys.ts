// Keys of the file that no schema knows: which are mistakes, and which an old file may carry. Pure.
import { z } from 'zod';
import type { Path } from '../platform/config/lines.ts';
import { closest } from '../platform/config/mistakes.ts';
import { facilityShape, taskShape, transferSchema } from './config-schema.ts';

/** Files of the SciCat Globus Proxy may carry keys of another version of it: these are warnings, not mistakes. */
const keysOfOtherVersions: ReadonlySet<string> = new Set(['collectionRootPath']);

/**
 * Unknown keys. At the top level templates for merging (`defaults: &x {...}`) are in use, so a mapping or a list under
 * another name is ignored. In facilities and `task` any key is ignored that does not look like a misspelt one of ours.
 */
export const knownKeysSchema = z.record(z.string(), z.unknown()).superRefine((file, context) => {
  const known = Object.keys(transferSchema({ readFile: () => '' }).shape);
  for (const key of unknownKeys(file, known)) {
    const meant = closest(key, known);
    if (meant === undefined && typeof file[key] === 'object' && file[key] !== null) continue;
    const hint = meant === undefined ? `; known here: ${known.join(', ')}` : `, did you mean "${meant}"?`;
    context.addIssue({ code: 'custom', path: [key], message: `unknown key${hint}` });
  }
  for (const { path, meant } of unknownNestedKeys(file))
    if (meant !== undefined)
      context.addIssue({ code: 'custom', path: [...path], message: `unknown key, did you mean "${meant}"?` });
});

/** @returns the paths of keys in facilities and `task` that are ignored. */
export function ignoredKeys(file: Readonly<Record<string, unknown>>): readonly Path[] {
  return unknownNestedKeys(file).flatMap(({ path, meant }) => (meant === undefined ? [path] : []));
}

type UnknownKey = { readonly path: (string | number)[]; readonly meant: string | undefined };

function unknownNestedKeys({ facilities, task }: Readonly<Record<string, unknown>>): readonly UnknownKey[] {
  const entries: readonly unknown[] = Array.isArray(facilities) ? facilities : [];
  return [
    ...entries.flatMap((entry, index) => unknownKeysAt(['facilities', index], entry, facilityShape)),
    ...unknownKeysAt(['task'], task, taskShape),
  ];
}

function unknownKeysAt(
  path: readonly (string | number)[],
  value: unknown,
  shape: object,
): readonly UnknownKey[] {
  const known = Object.keys(shape);
  return unknownKeys(Object(value), known).map((key) => ({
    path: [...path, key],
    meant: keysOfOtherVersions.has(key) ? undefined : closest(key, known),
  }));
}

function unknownKeys(value: object, known: readonly string[]): readonly string[] {
  return Object.keys(value).filter((key) => !known.includes(key) && !key.startsWith('x-'));
}
