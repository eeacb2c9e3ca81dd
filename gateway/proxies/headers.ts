// Reading raw headers: every value of a name, as it came. Pure; the only place that walks `rawHeaders`.
import type { RawHeaders } from '../types.ts';

/** @param name lower case. Every value, in order; a header that stands twice has two. */
export function valuesOf(headers: RawHeaders, name: string): readonly string[] {
  let values: string[] | undefined;
  for (let index = 0; index + 1 < headers.length; index += 2) {
    const candidate = headers[index];
    if (candidate === undefined || !isName(candidate, name)) continue;
    values ??= [];
    values.push(headers[index + 1] ?? '');
  }
  return values ?? none;
}

const none: readonly string[] = [];

/** Most names differ in length or in their last letter, which costs less to see than to lower all of their case. */
function isName(candidate: string, name: string): boolean {
  const last = name.length - 1;
  return (
    candidate.length === name.length &&
    (candidate.charCodeAt(last) | lowerCase) === (name.charCodeAt(last) | lowerCase) &&
    candidate.toLowerCase() === name
  );
}

/** The bit by which `a` differs from `A`. */
const lowerCase = 0x20;

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

/**
 * Whether a name reads as one of these to CGI, WSGI and PHP. Folding keeps the length and every letter, so that most
 * names can be told apart without it.
 */
export function readsAsOneOf(names: readonly string[]): (name: string) => boolean {
  const folded = new Set(names.map(foldName));
  const outlines = new Set(names.map(outlineOf));
  return (name) => outlines.has(outlineOf(name)) && folded.has(foldName(name));
}

/** Its length, and how its first and third character are folded: nothing else that begins with `X-` is like another. */
function outlineOf(name: string): number {
  return (name.length * 256 + foldCode(name.charCodeAt(0))) * 256 + foldCode(name.charCodeAt(2));
}

/** Of a letter, whatever its case; of any other character the same, whichever it is. */
function foldCode(code: number): number {
  const letter = code | lowerCase;
  return letter >= 0x61 && letter <= 0x7a ? letter : 0;
}

/** Every request brings the same few names. What a client invents does not push them out. */
const foldedNames = new Map<string, string>();
const maxFoldedNames = 1000;
