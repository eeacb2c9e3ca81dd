// An answer whose body is a text, onto a node:http response, or as it goes over the wire in HTTP/1.1 with what node:http
// adds to one by itself. Source: RFC 9112.
import { type ServerResponse, STATUS_CODES, validateHeaderName, validateHeaderValue } from 'node:http';
import { ownCopy } from './own-copy.ts';

export type PlainAnswer = {
  readonly status: number;
  /** Names and values in turn. */
  readonly headers: readonly string[];
  readonly body: string;
};

export function writeAnswer(response: ServerResponse, { status, headers, body }: PlainAnswer): void {
  response.writeHead(status, ['Content-Length', String(Buffer.byteLength(body)), ...headers]);
  response.end(body);
}

/**
 * @param isLast whether the connection ends with it.
 * @returns all up to the body, a byte a character (latin1).
 * @throws TypeError on a name or a value that would not stay one: nothing splits an answer.
 */
export function headOf({ status, headers, body }: PlainAnswer, isLast: boolean): string {
  const fields = writtenAlready.get(headers) ?? fieldLines(headers);
  return `${startOf(status, body)}${fields}${isLast ? 'Connection: close\r\n\r\n' : '\r\n'}`;
}

function startOf(status: number, body: string): string {
  const now = thisSecond();
  if (status === 200 && body === '') return now.emptyOk;
  return startAt(now.date, status, Buffer.byteLength(body));
}

/** RFC 9110 section 6.6.1. */
function startAt(date: string, status: number, length: number): string {
  return `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? 'Unknown'}\r\nContent-Length: ${length}\r\nDate: ${date}\r\n`;
}

const writtenAlready = new WeakMap<readonly string[], string>();

/** Of a list with which many requests are answered: checked and written once. @throws TypeError as `headOf`. */
export function writeOnce(headers: readonly string[]): void {
  writtenAlready.set(headers, ownCopy(fieldLines(headers)));
}

function fieldLines(headers: readonly string[]): string {
  let lines = '';
  for (let index = 0; index + 1 < headers.length; index += 2)
    lines += fieldLine(headers[index] ?? '', headers[index + 1] ?? '');
  return lines;
}

function fieldLine(name: string, value: string): string {
  if (!knownNames.has(name)) learn(name);
  if (forbidden.test(value)) validateHeaderValue(name, value);
  return `${name}: ${value}\r\n`;
}

/** What `validateHeaderValue` refuses, in a third of its time. */
const forbidden = /[^\t\x20-\x7e\x80-\xff]/;

/** Few, and none of them the client's. */
const knownNames = new Set<string>();
const maxKnownNames = 1000;

function learn(name: string): void {
  validateHeaderName(name);
  if (knownNames.size < maxKnownNames) knownNames.add(name);
}

type Second = { readonly date: string; readonly emptyOk: string };

let second: Second | undefined;

/** What is made once a second: the date, and how most answers begin. */
function thisSecond(): Second {
  if (second !== undefined) return second;
  const nowMs = Date.now();
  setTimeout(
    () => {
      second = undefined;
    },
    1000 - (nowMs % 1000),
  ).unref();
  const date = new Date(nowMs).toUTCString();
  second = { date, emptyOk: ownCopy(startAt(date, 200, 0)) };
  return second;
}
