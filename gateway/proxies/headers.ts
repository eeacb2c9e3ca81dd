// Reading raw headers: every value of a name, as it came. Pure; the only place that walks `rawHeaders`.
import type { RawHeaders } from '../types.ts';

/** @param name lower case. Every value, in order; a header that stands twice has two. */
export function valuesOf(headers: RawHeaders, name: string): readonly string[] {
  const values: string[] = [];
  for (let index = 0; index + 1 < headers.length; index += 2) {
    const candidate = headers[index];
    if (candidate?.length === name.length && candidate.toLowerCase() === name)
      values.push(headers[index + 1] ?? '');
  }
  return values;
}

export function namesOf(headers: RawHeaders): readonly string[] {
  return headers.filter((_value, index) => index % 2 === 0);
}

/** Names with their values, one pair a header. */
export function pairsOf(headers: RawHeaders): readonly (readonly [name: string, value: string])[] {
  return headers.flatMap((name, index) =>
    index % 2 === 0 ? [[name, headers[index + 1] ?? ''] as const] : [],
  );
}

/** The first name that is so. */
export function findName(headers: RawHeaders, isSo: (name: string) => boolean): string | undefined {
  for (let index = 0; index < headers.length; index += 2) {
    const name = headers[index];
    if (name !== undefined && isSo(name)) return name;
  }
  return undefined;
}

/** The name as CGI, WSGI and PHP see it: case dropped, every other character one and the same. */
export function foldName(name: string): string {
  const known = foldedNames.get(name);
  if (known !== undefined) return known;
  const folded = name.toLowerCase().replace(/[^a-z0-9]/g, '-');
  if (foldedNames.size < maxFoldedNames && name.length <= 64) foldedNames.set(name, folded);
  return folded;
}

/** Every request brings the same few names. What a client invents does not push them out. */
const foldedNames = new Map<string, string>();
const maxFoldedNames = 1000;
