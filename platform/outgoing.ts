// One outgoing HTTP request: bounded in time and size, cancellable, never redirected. What was answered is
// returned whatever its status; only the lack of an answer is thrown, as Unavailable. It judges no content.
import { type Dispatcher, request } from 'undici';
import type { z } from 'zod';
import { type OutageReason, Unavailable } from './unavailable.ts';

export type OutgoingRequest = {
  /** Whom it is sent to, by the name logs and metrics use: `scicat`, `globus-auth`. */
  readonly dependency: string;
  readonly method: 'GET' | 'POST' | 'PATCH' | 'PUT' | 'DELETE';
  readonly url: string | URL;
  readonly headers?: Readonly<Record<string, string>>;
  /** A function is asked when it is sent: what waits for its turn until then holds no text. */
  readonly body?: string | (() => string);
  /** For the whole exchange, body included. */
  readonly timeoutMs: number;
  /** Of the answer's body, once decoded. */
  readonly maxBytes: number;
  readonly signal?: AbortSignal;
  readonly dispatcher?: Dispatcher;
};

export type OutgoingAnswer = {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
};

/** @throws Unavailable when no whole answer came: unreachable, timeout, too_large. The `signal`'s own reason when it was aborted. */
export async function send(outgoing: OutgoingRequest): Promise<OutgoingAnswer> {
  const timeout = AbortSignal.timeout(outgoing.timeoutMs);
  const signal = outgoing.signal === undefined ? timeout : AbortSignal.any([timeout, outgoing.signal]);
  const sent = { ...requestOf(outgoing), signal };
  try {
    const answer = await request(outgoing.url, sent);
    const body = await readBounded(answer.body, outgoing);
    return { status: answer.statusCode, headers: answer.headers, body };
  } catch (cause) {
    throw translated(cause, outgoing, timeout.aborted);
  }
}

function requestOf({ method, headers, body, dispatcher }: OutgoingRequest) {
  return {
    method,
    headers: { ...headers },
    body: (typeof body === 'function' ? body() : body) ?? null,
    ...(dispatcher === undefined ? {} : { dispatcher }),
  };
}

function translated(cause: unknown, outgoing: OutgoingRequest, isTimeout: boolean): unknown {
  if (cause instanceof Unavailable) return cause;
  if (outgoing.signal?.aborted) return outgoing.signal.reason;
  return noAnswer(outgoing, isTimeout ? 'timeout' : 'unreachable', cause);
}

export type StreamedAnswer = Omit<OutgoingAnswer, 'body'> & {
  /** To be read to its end, or left: either ends the exchange. It throws as `send` does. */
  readonly chunks: AsyncIterable<Buffer>;
};

export type StreamRequest = OutgoingRequest & {
  /** Of the whole exchange, the reader's own time included; `timeoutMs` is for each part of the answer. */
  readonly maxDurationMs: number;
};

/**
 * As `send`, for an answer that is too long to be held: a success comes in parts, anything else as a whole.
 * @throws Unavailable, and so do the parts: unreachable, timeout, too_large. The `signal`'s own reason when it was aborted.
 */
export async function sendForStream(outgoing: StreamRequest): Promise<OutgoingAnswer | StreamedAnswer> {
  const clock = new PartClock(outgoing);
  const sent = { ...requestOf(outgoing), signal: clock.signal };
  try {
    clock.start();
    const answer = await request(outgoing.url, sent);
    // It may be cut off before anybody reads it.
    answer.body.on('error', () => undefined);
    clock.stop();
    const { statusCode: status, headers } = answer;
    if (status >= 200 && status <= 299) {
      return { status, headers, chunks: partsOf(answer.body, outgoing, clock) };
    }
    clock.start();
    const body = await readBounded(answer.body, { ...outgoing, maxBytes: maxErrorBytes });
    return { status, headers, body };
  } catch (cause) {
    throw translated(cause, outgoing, clock.isOver);
  } finally {
    clock.stop();
  }
}

const maxErrorBytes = 1024 * 1024;

async function* partsOf(
  body: Dispatcher.ResponseData['body'],
  outgoing: OutgoingRequest,
  clock: PartClock,
): AsyncGenerator<Buffer> {
  let bytes = 0;
  const parts = body[Symbol.asyncIterator]();
  try {
    for (;;) {
      clock.start();
      const { done, value } = await parts.next();
      clock.stop();
      if (done === true) return;
      bytes += value.length;
      if (bytes > outgoing.maxBytes) throw noAnswer(outgoing, 'too_large', undefined);
      yield value;
    }
  } catch (cause) {
    throw translated(cause, outgoing, clock.isOver);
  } finally {
    clock.stop();
    body.destroy();
  }
}

/** Runs while the other side is waited for, not while the reader is at work; the whole has an end all the same. */
class PartClock {
  readonly #part = new AbortController();
  readonly #whole: AbortSignal;
  readonly #timeoutMs: number;
  readonly signal: AbortSignal;
  #timer: NodeJS.Timeout | undefined;

  constructor({ timeoutMs, maxDurationMs, signal }: StreamRequest) {
    this.#timeoutMs = timeoutMs;
    this.#whole = AbortSignal.timeout(maxDurationMs);
    this.signal = AbortSignal.any([
      this.#part.signal,
      this.#whole,
      ...(signal === undefined ? [] : [signal]),
    ]);
  }

  get isOver(): boolean {
    return this.#part.signal.aborted || this.#whole.aborted;
  }

  start(): void {
    this.stop();
    this.#timer = setTimeout(() => this.#part.abort(), this.#timeoutMs);
  }

  stop(): void {
    clearTimeout(this.#timer);
  }
}

/**
 * The body of an answer as the schema says it must be.
 * @throws Unavailable `bad_answer` when it is no JSON or has another shape; the text itself is never in the message.
 */
export function parseAnswer<Schema extends z.ZodType>(
  dependency: string,
  schema: Schema,
  answer: OutgoingAnswer,
): z.output<Schema> {
  const parsed = schema.safeParse(parseJson(answer.body));
  if (parsed.success) return parsed.data;
  const where = parsed.error.issues[0]?.path.join('.') ?? '';
  const message = `${dependency} answered ${answer.status} with a body of another shape than expected, at "${where}"`;
  throw new Unavailable({ dependency, reason: 'bad_answer', message });
}

/** The value, or undefined where the text is no JSON; a schema then refuses it. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

async function readBounded(
  body: Dispatcher.ResponseData['body'],
  outgoing: OutgoingRequest,
): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of body) {
    bytes += chunk.length;
    if (bytes > outgoing.maxBytes) throw noAnswer(outgoing, 'too_large', undefined);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

const complaints: Readonly<Record<'timeout' | 'unreachable' | 'too_large', string>> = {
  timeout: 'did not answer in time',
  unreachable: 'could not be reached',
  too_large: 'answered more than is accepted',
};

function noAnswer(
  outgoing: OutgoingRequest,
  reason: Extract<OutageReason, keyof typeof complaints>,
  cause: unknown,
): Unavailable {
  const { host, pathname } = new URL(outgoing.url);
  const limits = `${outgoing.timeoutMs} ms, ${outgoing.maxBytes} bytes`;
  const message = `${outgoing.dependency} ${complaints[reason]}: ${outgoing.method} ${host}${pathname} (limits: ${limits})`;
  return new Unavailable({ dependency: outgoing.dependency, reason, message }, { cause });
}
