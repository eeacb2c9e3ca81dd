// The names of a request's headers, looked at once for all who ask about them. A proxy's questions bring the same names in
// the same order, one after the other: what was found among the last ones holds for these too. Pure but for that memory.
import { ownCopy } from '../../platform/own-copy.ts';
import type { RawHeaders } from '../types.ts';

/** Goes by the name alone. */
export type NameTest = (name: string) => boolean;

export type Names = {
  /** In the order of the headers. */
  readonly lowerCase: readonly string[];
  /** The first that is so, as it was written. */
  readonly find: (isSo: NameTest) => string | undefined;
};

/** A client's invention is forgotten with the next request. */
const maxCopied = 64;
/** Who asks is known when the program starts; a test that is made anew for each request is not kept. */
const maxFound = 16;

let latestHeaders: RawHeaders | undefined;
let latest = keep([]);

export function namesIn(headers: RawHeaders): Names {
  if (headers === latestHeaders) return latest;
  if (!areThese(headers, latest.written)) latest = keep(namesOf(headers));
  latestHeaders = headers;
  return latest;
}

type KeptNames = Names & { readonly written: readonly string[] };

function keep(names: readonly string[]): KeptNames {
  const written = names.length > maxCopied ? names : names.map(ownCopy);
  const found = new Map<NameTest, string | undefined>();
  return {
    written,
    lowerCase: written.map((name) => name.toLowerCase()),
    find: (isSo) => {
      if (found.has(isSo)) return found.get(isSo);
      const first = written.find(isSo);
      if (found.size < maxFound) found.set(isSo, first);
      return first;
    },
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
