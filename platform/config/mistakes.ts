// What is wrong in a configuration file, for the person who wrote it: file, line, key, what was found, what is
// expected. Pure.
import type { z } from 'zod';
import type { LineOf, Path } from './lines.ts';
import { nameOf } from './lines.ts';

/** A mistake before it is known where it stands. `key` is what the sentence is about. */
export type Complaint = { readonly path: Path; readonly message: string };

export type Mistake = Complaint & { readonly file: string; readonly line: number };

/** `gateway.yaml:31 apps.grafana.rules[0].group: unknown key, did you mean "groups"?` */
export function renderMistake(mistake: Mistake): string {
  const key = nameOf(mistake.path);
  return `${mistake.file}:${mistake.line} ${key === '' ? '' : `${key}: `}${mistake.message}`;
}

export function placeComplaints(file: string, lineOf: LineOf, complaints: readonly Complaint[]): Mistake[] {
  const mistakes = complaints.map((complaint) => ({ ...complaint, file, line: lineOf(complaint.path) }));
  return mistakes.sort((a, b) => a.line - b.line);
}

type Issue = z.core.$ZodIssue;

/**
 * zod's issues as complaints.
 * @param input the value that was refused: zod's issues do not say what was found.
 * @param knownKeys every key that may stand at a path, to propose the one that was meant.
 */
export function complaintsOf(
  issues: readonly Issue[],
  input: unknown,
  knownKeys: (path: Path) => readonly string[],
): Complaint[] {
  return issues.flatMap((issue) => complaintsOfIssue(issue, [], input, knownKeys));
}

function complaintsOfIssue(
  issue: Issue,
  prefix: Path,
  input: unknown,
  knownKeys: (path: Path) => readonly string[],
): Complaint[] {
  const path = [...prefix, ...issue.path.map((part) => (typeof part === 'symbol' ? String(part) : part))];
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({ path: [...path, key], message: unknownKey(key, knownKeys(path)) }));
  }
  if (issue.code === 'invalid_union') {
    const branch = closestBranch(issue.errors);
    if (branch === undefined)
      return [{ path, message: `${foundOrMissing(valueAt(input, path))}, ${expectedOfUnion(issue.errors)}` }];
    return branch.flatMap((inner) => complaintsOfIssue(inner, path, input, knownKeys));
  }
  if (issue.code === 'invalid_key') {
    return issue.issues.map((inner) => ({ path, message: inner.message }));
  }
  if (issue.code === 'custom') return [{ path, message: issue.message }];
  return [{ path, message: `${foundOrMissing(valueAt(input, path))}, ${expected(issue)}` }];
}

/** Of the shapes that a value may have, the one it was meant to be: not wrong at its very root. */
function closestBranch(branches: readonly (readonly Issue[])[]): readonly Issue[] | undefined {
  const isRootType = (issue: Issue) =>
    issue.path.length === 0 && (issue.code === 'invalid_type' || issue.code === 'invalid_value');
  return branches.filter((branch) => !branch.some(isRootType)).sort((a, b) => a.length - b.length)[0];
}

function expectedOfUnion(branches: readonly (readonly Issue[])[]): string {
  const wanted = branches.flatMap((branch) =>
    branch.slice(0, 1).map((issue) => expected(issue).replace('expected ', '')),
  );
  return `expected ${[...new Set(wanted)].join(', or ')}`;
}

function unknownKey(key: string, known: readonly string[]): string {
  const meant = closest(key, known);
  return meant === undefined
    ? `unknown key${known.length > 0 ? `; known here: ${known.join(', ')}` : ''}`
    : `unknown key, did you mean "${meant}"?`;
}

/** The candidate that is a few keystrokes away, if there is one. */
export function closest(word: string, candidates: readonly string[]): string | undefined {
  const ranked = candidates
    .map((candidate) => ({ candidate, distance: editDistance(word.toLowerCase(), candidate.toLowerCase()) }))
    .sort((a, b) => a.distance - b.distance)[0];
  if (ranked === undefined) return undefined;
  return ranked.distance <= Math.max(1, Math.floor(word.length / 3)) ? ranked.candidate : undefined;
}

function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let row = 1; row <= a.length; row += 1) {
    const current = [row];
    for (let column = 1; column <= b.length; column += 1) {
      const substitution = (previous[column - 1] ?? 0) + (a[row - 1] === b[column - 1] ? 0 : 1);
      current.push(Math.min(substitution, (previous[column] ?? 0) + 1, (current[column - 1] ?? 0) + 1));
    }
    previous = current;
  }
  return previous[b.length] ?? 0;
}

function valueAt(input: unknown, path: Path): unknown {
  return path.reduce<unknown>((value, part) => {
    if (typeof value !== 'object' || value === null) return undefined;
    return Reflect.get(value, part);
  }, input);
}

function foundOrMissing(value: unknown): string {
  return value === undefined ? 'missing' : found(value);
}

/** Never a whole value: a secret that was written into the wrong key would end up in a log. */
function found(value: unknown): string {
  if (value === null) return 'found nothing';
  if (Array.isArray(value)) return value.length === 0 ? 'found an empty list' : 'found a list';
  if (typeof value === 'object') return 'found a mapping';
  if (typeof value === 'string')
    return value === '' ? 'found an empty string' : `found a string of ${value.length} characters`;
  return `found the ${typeof value} ${String(value)}`;
}

function expected(issue: Issue): string {
  switch (issue.code) {
    case 'invalid_type':
      return `expected ${nouns[issue.expected] ?? issue.expected}`;
    case 'invalid_value':
      return `expected ${issue.values.map(String).join(' | ')}`;
    case 'too_small':
      return `expected at least ${issue.minimum}${sizes[issue.origin] ?? ''}`;
    case 'too_big':
      return `expected at most ${issue.maximum}${sizes[issue.origin] ?? ''}`;
    default:
      return `expected ${issue.message}`;
  }
}

const nouns: Readonly<Record<string, string>> = {
  object: 'a mapping',
  record: 'a mapping',
  array: 'a list',
  string: 'a string',
  number: 'a number',
  boolean: 'true or false',
  int: 'a whole number',
};
const sizes: Readonly<Record<string, string>> = {
  array: ' items',
  string: ' characters',
  object: ' keys',
  record: ' keys',
};
