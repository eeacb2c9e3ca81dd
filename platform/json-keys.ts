// Whether a key stands twice in one object of a JSON text: readers differ in which of the two they take (RFC 8259 section 4).
import { endOfString, nextMark } from './json-strings.ts';

/** @param json which has been parsed already: a string that a colon follows is a key. */
export function repeatsAKey(json: string): boolean {
  const open: Set<string>[] = [];
  for (let at = nextMark(json, 0); at >= 0; at = nextMark(json, at)) {
    const start = at;
    at += 1;
    if (json[start] === '{') open.push(new Set());
    else if (json[start] === '}') open.pop();
    else if (json[start] === '"') {
      at = endOfString(json, start);
      if (!isBeforeColon(json, at)) continue;
      const key = readKey(json.slice(start, at));
      const keys = open.at(-1);
      if (keys?.has(key) === true) return true;
      keys?.add(key);
    }
  }
  return false;
}

function isBeforeColon(json: string, at: number): boolean {
  const colon = /\s*:/y;
  colon.lastIndex = at;
  return colon.test(json);
}

function readKey(text: string): string {
  return text.includes('\\') ? String(JSON.parse(text)) : text.slice(1, -1);
}
