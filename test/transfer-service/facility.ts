// Facilities for tests, with their templates as an admin writes them.
import assert from 'node:assert/strict';
import { pathVariables } from '../../transfer-service/paths.ts';
import { parseTemplate } from '../../transfer-service/templates.ts';
import type { Facility, PathVariable, Template } from '../../transfer-service/types.ts';

export function pathTemplate(source: string): Template<PathVariable> {
  const parsed = parseTemplate(source, pathVariables);
  assert.equal(parsed.kind, 'parsed', parsed.kind === 'invalid' ? parsed.problem : '');
  return parsed.template;
}

/** A facility called LAB that its own group may use, with the default paths and no bounds. */
export function facility(overrides: Partial<Facility> = {}): Facility {
  return {
    name: 'LAB',
    collection: '11111111-1111-4111-8111-111111111111',
    scopes: [],
    localUser: undefined,
    direction: 'BOTH',
    access: { kind: 'member', path: 'profile.accessGroups', value: 'LAB' },
    sourcePath: pathTemplate('/{{ .RelativeSourceFolder }}'),
    destinationPath: pathTemplate('/{{ .RelativeSourceFolder }}'),
    collectionRoots: undefined,
    sourceWithin: undefined,
    destinationWithin: undefined,
    allowSymlinks: false,
    maxConcurrency: undefined,
    ...overrides,
  };
}
