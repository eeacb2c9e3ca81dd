// Where strings of a JSON text end, and what stands between them. Not by a regular expression: one that steps over
// escapes runs out of stack on a string of some megabytes.

/** @returns the index of the next quote, bracket, brace or comma; -1: there is none. */
export function nextMark(json: string, from: number): number {
  for (let at = from; at < json.length; at += 1) {
    if (isMark[json.charCodeAt(at)] === true) return at;
  }
  return -1;
}

const isMark: readonly (boolean | undefined)[] = Array.from({ length: 128 }, (_, code) =>
  '"{}[],'.includes(String.fromCharCode(code)),
);

/** @returns the index after its closing quote; of one that is never closed, the text's end. @param start of its opening quote. */
export function endOfString(json: string, start: number): number {
  for (let quote = json.indexOf('"', start + 1); quote >= 0; quote = json.indexOf('"', quote + 1)) {
    let backslashes = 0;
    while (json.charCodeAt(quote - 1 - backslashes) === backslash) backslashes += 1;
    if (backslashes % 2 === 0) return quote + 1;
  }
  return json.length;
}

const backslash = 0x5c;
