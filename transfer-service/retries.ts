// One request to SciCat or Globus, repeated while nothing or "later" is answered: bounded in number and in waiting,
// with jitter, and no sooner than `Retry-After` asks. Only for what is safe to repeat.
import type { Clock } from '../platform/clock.ts';
import {
  type OutgoingAnswer,
  type OutgoingRequest,
  type StreamedAnswer,
  type StreamRequest,
  send,
  sendForStream,
} from '../platform/outgoing.ts';
import { type OutageReason, Unavailable } from '../platform/unavailable.ts';

export type RetryPolicy = {
  /** How often it is sent in all; 1: never repeated. */
  readonly attempts: number;
  readonly firstDelayMs: number;
  /** Also of `Retry-After`: who is told to come back later than this is told so at once. */
  readonly maxDelayMs: number;
};

/** `2xx`, `4xx`, ... or an outage's reason: a label in metrics. */
export type CallObserver = (call: { readonly dependency: string; readonly outcome: string }) => void;

export type Retrying = {
  readonly retry: RetryPolicy;
  readonly onCall: CallObserver;
  readonly clock: Clock;
  /** What every exchange waits for, a repeated one too: its turn. */
  readonly beforeEach?: (signal: AbortSignal | undefined) => Promise<void>;
};

/** @throws Unavailable after the last attempt; the signal's own reason when it was aborted. */
export function sendWithRetries(outgoing: OutgoingRequest, retrying: Retrying): Promise<OutgoingAnswer> {
  return exchangeWithRetries({ outgoing, exchange: () => send(outgoing) }, retrying);
}

/** The same for an answer that comes in parts: repeated until it begins. */
export function openWithRetries(
  outgoing: StreamRequest,
  retrying: Retrying,
): Promise<OutgoingAnswer | StreamedAnswer> {
  return exchangeWithRetries({ outgoing, exchange: () => sendForStream(outgoing) }, retrying);
}

type Exchange<Answer> = {
  readonly outgoing: OutgoingRequest;
  readonly exchange: () => Promise<Answer>;
};

type Head = Pick<OutgoingAnswer, 'status' | 'headers'>;

async function exchangeWithRetries<Answer extends Head>(
  { outgoing, exchange }: Exchange<Answer>,
  { retry, onCall, clock, beforeEach }: Retrying,
): Promise<Answer> {
  for (let attempt = 1; ; attempt += 1) {
    await beforeEach?.(outgoing.signal);
    const outcome = await exchangeOnce({ outgoing, exchange }, { onCall, clock });
    if (outcome.kind === 'answer') return outcome.answer;
    const delayMs = delayAfter(attempt, outcome, retry);
    const goesOn =
      attempt < retry.attempts && delayMs <= retry.maxDelayMs && repeatable.has(outcome.outage.reason);
    if (!goesOn) throw outcome.outage;
    await clock.sleep(delayMs, outgoing.signal);
  }
}

const repeatable: ReadonlySet<OutageReason> = new Set(['unreachable', 'timeout', 'server_error', 'busy']);

type Outcome<Answer> = { readonly kind: 'answer'; readonly answer: Answer } | Outage;

type Outage = { readonly kind: 'outage'; readonly outage: Unavailable; readonly askedDelayMs: number };

async function exchangeOnce<Answer extends Head>(
  { outgoing, exchange }: Exchange<Answer>,
  { onCall, clock }: Pick<Retrying, 'onCall' | 'clock'>,
): Promise<Outcome<Answer>> {
  const { dependency } = outgoing;
  try {
    const answer = await exchange();
    onCall({ dependency, outcome: `${Math.trunc(answer.status / 100)}xx` });
    return saysLater(answer) ? outageOf(dependency, answer, clock.now()) : { kind: 'answer', answer };
  } catch (error) {
    if (!(error instanceof Unavailable)) throw error;
    onCall({ dependency, outcome: error.reason });
    return { kind: 'outage', outage: error, askedDelayMs: 0 };
  }
}

/** Too many requests, or something is broken there: it says nothing about what was asked. */
function saysLater({ status }: Head): boolean {
  return status >= 500 || status === 429 || status === 408;
}

function outageOf(dependency: string, { status, headers }: Head, nowMs: number): Outage {
  const askedSeconds = retryAfterSeconds(headers['retry-after'], nowMs);
  const outage = new Unavailable({
    dependency,
    reason: status === 429 || status === 503 ? 'busy' : 'server_error',
    message: `${dependency} answered ${status}`,
    ...(askedSeconds === undefined ? {} : { retryAfterSeconds: askedSeconds }),
  });
  return { kind: 'outage', outage, askedDelayMs: (askedSeconds ?? 0) * 1000 };
}

function delayAfter(
  attempt: number,
  { askedDelayMs }: { askedDelayMs: number },
  policy: RetryPolicy,
): number {
  const backoffMs = Math.min(policy.maxDelayMs, policy.firstDelayMs * 2 ** (attempt - 1));
  return Math.max(askedDelayMs, backoffMs * (0.5 + Math.random() / 2));
}

const longestRetryAfterSeconds = 3600;

/** RFC 9110, section 10.2.3: seconds, or a date. */
function retryAfterSeconds(header: string | string[] | undefined, nowMs: number): number | undefined {
  const text = Array.isArray(header) ? header[0] : header;
  if (text === undefined) return undefined;
  const seconds = /^\d+$/.test(text) ? Number(text) : (Date.parse(text) - nowMs) / 1000;
  if (!Number.isFinite(seconds)) return undefined;
  return Math.min(Math.max(Math.ceil(seconds), 0), longestRetryAfterSeconds);
}
