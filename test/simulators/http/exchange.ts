// What a simulator is asked and what it answers, apart from any socket.
import type { IncomingHttpHeaders } from 'node:http';

export type Question = {
  readonly method: string;
  /** Without the query, percent-encoding kept. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
};

export type Answer = {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
};

export function jsonAnswer(
  status: number,
  value: unknown,
  contentType = 'application/json; charset=utf-8',
): Answer {
  return { status, headers: { 'content-type': contentType }, body: JSON.stringify(value) };
}

/** The value, or undefined where the text is no JSON. */
export function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
