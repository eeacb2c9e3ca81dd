// A body whose list may have hundreds of thousands of entries -> JSON texts that are small each, so that nobody waits
// until all of it is parsed. Pure.
import { endOfString, nextMark } from '../platform/json-strings.ts';

/** Of a piece, unless a single entry is longer. */
const defaultLength = 32 * 1024;

/**
 * Cuts the lists out of an object: each piece is the text of a list with some of the entries.
 * @returns the body with its lists empty; no JSON where the body is none for another reason than a piece.
 */
export function* cutLists(body: string, pieceLength = defaultLength): Generator<string, string> {
  let frame = '';
  let [depth, from] = [0, 0];
  let [isInList, isCut] = [false, false];
  for (let [at, next] = [nextMark(body, 0), 0]; at >= 0; at = nextMark(body, next)) {
    const mark = body[at];
    next = at + 1;
    if (mark === '"') next = endOfString(body, at);
    else if (mark === ',') {
      if (!isInList || depth !== 2 || at - from < pieceLength) continue;
      const piece = body.slice(from, at);
      [from, isCut] = [at + 1, true];
      if (isBlank(piece)) frame += ',';
      else yield `[${piece}]`;
    } else if (mark === '{' || mark === '[') {
      depth += 1;
      if (mark === '{' || depth !== 2) continue;
      frame += body.slice(from, at + 1);
      [from, isInList, isCut] = [at + 1, true, false];
    } else {
      depth -= 1;
      if (!isInList || depth !== 1) continue;
      const rest = body.slice(from, at);
      // A comma that no entry follows, or none precedes, is no JSON; the piece alone would not show it.
      if (isCut && isBlank(rest)) frame += ',';
      else yield `[${rest}]`;
      [from, isInList] = [at, false];
    }
  }
  return frame + body.slice(from);
}

function isBlank(text: string): boolean {
  return text.trim() === '';
}
