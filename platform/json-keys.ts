// Whether a key stands twice in one object of a JSON text: readers differ in which of the two they take (RFC 8259 section 4).

/** @param json which has been parsed already: a string that a colon follows is a key. */
export function repeatsAKey(json: string): boolean {
  const open: Set<string>[] = [];
  for (const [token, text] of json.matchAll(keysAndBraces)) {
    if (token === '{') open.push(new Set());
    else if (token === '}') open.pop();
    else if (text !== undefined) {
      const keys = open.at(-1);
      const key = text.includes('\\') ? String(JSON.parse(text)) : text.slice(1, -1);
      if (keys?.has(key) === true) return true;
      keys?.add(key);
    }
  }
  return false;
}

/** Strings are stepped over whole, so that nothing within one counts. */
const keysAndBraces = /("(?:[^"\\]|\\.)*")\s*:|"(?:[^"\\]|\\.)*"|[{}]/g;
