// A number by which a text is looked up in a Map. Looked up by itself, one that was just received would be looked up twice:
// V8 first makes it one with the text of the same letters that it knows, in a table of all of them. Pure.

/** Of a longer text not every letter counts. */
const maxWhole = 64;
/** At its beginning, where names of hosts differ, and at its end, where a token's signature is. */
const atEachEnd = 16;
const inBetween = 16;

/**
 * @param seed where texts are somebody else's, a secret one: V8 puts numbers into a Map by themselves, so that whoever
 * knows which they are can have thousands in one chain.
 * @returns the same for the same text, rarely for another one. Whoever knows how it is made can have two with one.
 */
export function fingerprintOf(text: string, seed = 0): number {
  const { length } = text;
  if (length <= maxWhole) return mixed(seed ^ length, text, 0, length, 1);
  const begun = mixed(seed ^ length, text, 0, atEachEnd, 1);
  const endsAt = length - atEachEnd;
  const gone = mixed(begun, text, atEachEnd, endsAt, Math.ceil((endsAt - atEachEnd) / inBetween));
  return mixed(gone, text, endsAt, length, 1);
}

/** FNV-1a. */
function mixed(seed: number, text: string, from: number, to: number, step: number): number {
  let number = seed;
  for (let at = from; at < to; at += step) number = Math.imul(number ^ text.charCodeAt(at), 0x01000193);
  return number;
}
