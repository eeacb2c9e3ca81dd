// The usual question of a reverse proxy, read from its bytes: a GET without a body, whose head came whole and has nothing
// in it that takes an HTTP parser to judge. What is not exactly that is node:http's to read. Source: RFC 9112. Pure, but
// that it remembers what is usual, which changes nothing but the time it takes.
import { createUsualFields, isOfAdmin, UsualLine } from './usual-lines.ts';

export type PlainRequest = {
  readonly method: string;
  readonly url: string;
  /** Names and values in turn, as they came. */
  readonly headers: readonly string[];
};

/**
 * @param head what has been received, a byte a character (latin1).
 * @returns `incomplete`: its end has not come yet. `other`: no plain request; so is one with anything behind its head.
 */
export function readPlainRequest(head: string): PlainRequest | 'incomplete' | 'other' {
  if (!head.endsWith('\r\n\r\n'))
    return head.includes('\r\n\r\n') || !beginsPlain(head) ? 'other' : 'incomplete';
  const url = readRequestLine(head);
  if (url === undefined) return 'other';
  const headers: string[] = [];
  const end = head.length - 2;
  let before = beginning;
  for (let at = 'GET '.length + url.length + ' HTTP/1.1\r\n'.length; at < end; ) {
    const expected = before.next;
    if (expected?.standsAt(head, at) === true) {
      headers.push(expected.name, expected.value);
      before = expected;
      at += expected.length;
      continue;
    }
    field.lastIndex = at;
    const found = field.exec(head);
    const name = found?.[1];
    const value = found?.[2];
    if (name === undefined || value === undefined || isFraming(name)) return 'other';
    const { lastIndex } = field;
    const usual = expected?.name === name ? expected : usualFields.get(name);
    headers.push(usual?.name ?? name, value);
    if (usual !== undefined) {
      if (usual.isToBeLearnt()) usual.learn(head.slice(at, lastIndex), value);
      before.next = usual;
      before = usual;
    }
    at = lastIndex;
  }
  return { method: 'GET', url, headers };
}

/** The line before the first field: a proxy mostly asks at one address. */
const beginning = new UsualLine('', true);
const usualFields = createUsualFields();

/** @returns the target. */
function readRequestLine(head: string): string | undefined {
  if (beginning.standsAt(head, 0)) return beginning.value;
  requestLine.lastIndex = 0;
  const url = requestLine.exec(head)?.[1];
  if (url !== undefined && isOfAdmin(url) && beginning.isToBeLearnt())
    beginning.learn(head.slice(0, requestLine.lastIndex), url);
  return url;
}

/** What never becomes one (TLS, another method) is not waited for: node:http answers it at once. */
function beginsPlain(head: string): boolean {
  return start.startsWith(head.slice(0, start.length));
}

const start = 'GET /';

/** A target in origin form, of characters that nobody reads in two ways. */
const requestLine = /GET (\/[A-Za-z0-9._~/?&=%:,@+-]*) HTTP\/1\.1\r\n/y;

/**
 * RFC 9110 section 5.5, without the folding that RFC 9112 section 5.2 has made obsolete, and without blanks behind a value.
 * There is one way to match it: with two for the same blanks, 64 KiB of them would keep the process busy for seconds.
 */
const field =
  /([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*((?:[\x21-\x7e\x80-\xff](?:[\t\x20-\x7e\x80-\xff]*[\x21-\x7e\x80-\xff])?)?)\r\n/y;

/** What node:http goes by: where the message ends, what becomes of the connection, whether the client waits for a word. */
const framing: ReadonlySet<string> = new Set([
  'connection',
  'content-length',
  'expect',
  'proxy-connection',
  'transfer-encoding',
  'upgrade',
]);
const outlines: ReadonlySet<number> = new Set([...framing].map(outlineOf));

function isFraming(name: string): boolean {
  return outlines.has(outlineOf(name)) && framing.has(name.toLowerCase());
}

/** Its length and its first letter, in whatever case: most names can be told apart by them. */
function outlineOf(name: string): number {
  return name.length * 256 + (name.charCodeAt(0) | 0x20);
}
