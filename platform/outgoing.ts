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
  readonly body?: string;
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
  try {
    const answer = await request(outgoing.url, {
      method: outgoing.method,
      headers: { ...outgoing.headers },
      body: outgoing.body ?? null,
      signal,
      ...(outgoing.dispatcher === undefined ? {} : { dispatcher: outgoing.dispatcher }),
    });
    const body = await readBounded(answer.body, outgoing);
    return { status: answer.statusCode, headers: answer.headers, body };
  } catch (cause) {
    if (cause instanceof Unavailable) throw cause;
    outgoing.signal?.throwIfAborted();
    throw noAnswer(outgoing, timeout.aborted ? 'timeout' : 'unreachable', cause);
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
