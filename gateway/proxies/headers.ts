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

/** The name as CGI, WSGI and PHP see it: case dropped, every other character one and the same. */
export function foldName(name: string): string {
  return name.toLowerCase().replace(/[^a-z0-9]/g, '-');
}
