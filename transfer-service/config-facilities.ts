// A facility's entry in the file -> the facility, with the SciCat Globus Proxy's defaults. Pure.
import type { Complaint } from '../platform/config/mistakes.ts';
import type { FacilityEntry } from './config-schema.ts';
import { transferScope } from './globus/scopes.ts';
import { withoutFinalSlash } from './path-text.ts';
import { renderTemplate } from './templates.ts';
import type { Facility, PathVariable, Template } from './types.ts';

export function readFacility(entry: FacilityEntry): Facility {
  const { name, collection } = entry;
  const scopes = (entry.scopes ?? []).map((scope) =>
    renderTemplate(scope, { Name: name, Collection: collection }),
  );
  return {
    name,
    collection,
    scopes: scopes.length > 0 ? scopes : [dataAccessScope(collection)],
    localUser: entry.localUser,
    direction: entry.direction || 'BOTH',
    access: readAccess(entry),
    sourcePath: orDefaultPath(entry.sourcePath),
    destinationPath: orDefaultPath(entry.destinationPath),
    collectionRoots: entry.collectionRoots?.map(withoutFinalSlash),
    sourceWithin: entry.sourceWithin,
    destinationWithin: entry.destinationWithin,
    allowSymlinks: entry.allowSymlinks,
    maxConcurrency: entry.maxConcurrency,
  };
}

/** What the schema cannot say of the facilities: relations between keys, and paths that could never be used. */
export function facilityComplaints(entries: readonly FacilityEntry[]): readonly Complaint[] {
  return entries.flatMap((entry, index) => {
    const at = (key: string, message: string): Complaint => ({ path: ['facilities', index, key], message });
    const first = entries.findIndex((other) => other.name === entry.name);
    return [
      ...(first < index ? [at('name', `facilities[${first}] has this name already`)] : []),
      ...accessComplaints(entry, at),
      ...pathKeys.flatMap((key) => pathProblems(entry[key] ?? []).map((problem) => at(key, problem))),
    ];
  });
}

const pathKeys = ['sourcePath', 'destinationPath', 'sourceWithin', 'destinationWithin'] as const;

function accessComplaints(
  entry: FacilityEntry,
  at: (key: string, message: string) => Complaint,
): readonly Complaint[] {
  const { accessPath, accessValue } = entry;
  if (isExplicitlyEmpty(accessValue) && !isExplicitlyEmpty(accessPath)) {
    return [at('accessValue', 'is empty, but accessPath is not: empty accessPath for no check at all')];
  }
  return [];
}

/** A template that is there and says nothing; one that is not there takes the default. */
function isExplicitlyEmpty(template: Template<string> | null | undefined): boolean {
  return template?.length === 0;
}

function pathProblems(template: Template<PathVariable>): readonly string[] {
  const [first] = template;
  const startsAtRoot =
    first === undefined ||
    (first.kind === 'text' ? /^(\/|~\/)/.test(first.text) : first.variable === 'SourceFolder');
  return [
    ...(startsAtRoot ? [] : ['expected a path that starts with /']),
    ...(hasDotPart(template) ? ['. and .. lead nowhere: write the path that is meant'] : []),
  ];
}

/** Whether a whole part of the literal text is `.` or `..`: one that a variable completes (`/.{{ .Pid }}`) is not. */
function hasDotPart(template: Template<PathVariable>): boolean {
  const outline = template.map((part) => (part.kind === 'text' ? part.text : 'x')).join('');
  return /(^|\/)\.{1,2}(\/|$)/.test(outline);
}

function readAccess({ name, accessPath, accessValue }: FacilityEntry): Facility['access'] {
  if (isExplicitlyEmpty(accessPath)) return { kind: 'everyone' };
  const path = accessPath ? renderTemplate(accessPath, { Name: name }) : 'profile.accessGroups';
  const value = accessValue ? renderTemplate(accessValue, { Name: name }) : name;
  return { kind: 'member', path, value };
}

/** Only mapped collections that are not high-assurance have it; the others write their own `scopes`. */
function dataAccessScope(collection: string): string {
  return `${transferScope}[*https://auth.globus.org/scopes/${collection}/data_access]`;
}

function orDefaultPath(template: Template<PathVariable> | null | undefined): Template<PathVariable> {
  return template === null || template === undefined || template.length === 0 ? defaultPath : template;
}

const defaultPath: Template<PathVariable> = [
  { kind: 'text', text: '/' },
  { kind: 'variable', variable: 'RelativeSourceFolder', replacements: [] },
];
