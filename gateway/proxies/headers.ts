// Reading raw headers: every value of a name, as it came. Pure.
import type { RawHeaders } from '../types.ts';
import { type NameTest, namesIn } from './names.ts';

/** @param name lower case. Every value, in order; a header that stands twice has two. */
export function valuesOf(headers: RawHeaders, name: string): readonly string[] {
  const places = namesIn(headers).placesOf(name);
  const [only] = places;
  if (only === undefined) return none;
  if (places.length > 1) return places.flatMap((place) => valueAt(headers, place) ?? []);
  const value = valueAt(headers, only);
  return value === undefined ? none : [value];
}

/** A name without a value is nothing. */
function valueAt(headers: RawHeaders, place: number): string | undefined {
  return headers[2 * place + 1];
}

const none: readonly string[] = [];

/** Names with their values, one pair a header. */
export function pairsOf(headers: RawHeaders): readonly (readonly [name: string, value: string])[] {
  return headers.flatMap((name, index) =>
    index % 2 === 0 ? [[name, headers[index + 1] ?? ''] as const] : [],
  );
}

/**
 * The first name that is so.
 * @param isSo goes by the name alone; one function for all requests, for what it says of a list of names is kept.
 */
export function findName(headers: RawHeaders, isSo: NameTest): string | undefined {
  return namesIn(headers).find(isSo);
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
export function readsAsOneOf(names: readonly string[]): NameTest {
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
  const letter = code | 0x20;
  return letter >= 0x61 && letter <= 0x7a ? letter : 0;
}

/** Every request brings the same few names. What a client invents does not push them out. */
const foldedNames = new Map<string, string>();
const maxFoldedNames = 1000;
