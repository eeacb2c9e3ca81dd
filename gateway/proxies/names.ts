// The names of a request's headers, looked at once for all who ask about them. A proxy's questions bring the same few lists
// of names, by what their clients send: what was found in a list holds for the next one like it. Pure but for that memory.
import { ownCopy } from '../../platform/own-copy.ts';
import { usualNameOf } from '../../platform/usual-lines.ts';
import type { RawHeaders } from '../types.ts';

/** Goes by the name alone. */
export type NameTest = (name: string) => boolean;

export type Names = {
  /** Which of the headers have that name, lower case; in their order. */
  readonly placesOf: (name: string) => readonly number[];
  /** The first that is so, as it was written. */
  readonly find: (isSo: NameTest) => string | undefined;
};

/** Of lists: as many as kinds of clients are busy at one time. What a client invents is soon forgotten. */
const maxKept = 32;
/** Of names in one. */
const maxCopied = 64;
/** Who asks, and for which names, is known when the program starts; a test that is made anew for each request is not kept. */
const maxFound = 32;

let latestHeaders: RawHeaders | undefined;
let latest = lookAt([]);
/** The oldest first. */
const kept = [latest];

export function namesIn(headers: RawHeaders): Names {
  if (headers === latestHeaders) return latest;
  if (!areThese(headers, latest.written))
    latest = kept.find(({ written }) => areThese(headers, written)) ?? keep(headers);
  latestHeaders = headers;
  return latest;
}

type KnownNames = Names & { readonly written: readonly string[] };

function keep(headers: RawHeaders): KnownNames {
  const names = namesOf(headers);
  if (names.length > maxCopied) return lookAt(names);
  const known = lookAt(ownCopies(names));
  if (kept.push(known) > maxKept) kept.shift();
  return known;
}

/** Copied together: one by one it takes ten times as long. */
function ownCopies(names: readonly string[]): readonly string[] {
  const all = ownCopy(names.join(''));
  let end = 0;
  return names.map((name) => {
    const start = end;
    end += name.length;
    return usualNameOf(name) ?? all.slice(start, end);
  });
}

function lookAt(written: readonly string[]): KnownNames {
  let lowerCase: readonly string[] | undefined;
  return {
    written,
    placesOf: onceFor((name: string) => {
      lowerCase ??= written.map((one) => one.toLowerCase());
      return lowerCase.flatMap((one, place) => (one === name ? [place] : []));
    }),
    find: onceFor((isSo: NameTest) => written.find(isSo)),
  };
}

/** Looks once for each that is asked about. */
function onceFor<Asked, Found>(look: (asked: Asked) => Found): (asked: Asked) => Found {
  const known = new Map<Asked, { readonly found: Found }>();
  return (asked) => {
    const before = known.get(asked);
    if (before !== undefined) return before.found;
    const found = look(asked);
    if (known.size < maxFound) known.set(asked, { found });
    return found;
  };
}

function areThese(headers: RawHeaders, written: readonly string[]): boolean {
  if ((headers.length + 1) >> 1 !== written.length) return false;
  for (let index = 0; index < written.length; index += 1)
    if (headers[2 * index] !== written[index]) return false;
  return true;
}

/** As they were written, in the order of the headers. */
export function namesOf(headers: RawHeaders): readonly string[] {
  return headers.filter((_value, index) => index % 2 === 0);
}
