// One JSON line an event, on standard output. Errors are logged by name, code and message: a library's error object
// may carry a request with its headers.
import { type DestinationStream, type Logger, pino } from 'pino';

export type { Logger } from 'pino';

export type LogOptions = {
  readonly service: string;
  readonly level: 'debug' | 'info' | 'warn' | 'error' | 'silent';
  readonly destination?: DestinationStream;
};

export function createLogger(options: LogOptions): Logger {
  return pino(
    {
      level: options.level,
      base: { service: options.service },
      timestamp: createClock(),
      formatters: { level: (label) => ({ level: label }) },
      serializers: { error: describeError, err: describeError },
    },
    // Written by the page or ten times a second: a write for each line costs more than what it says.
    options.destination ?? pino.destination({ fd: 1, sync: false, minLength: 8_192, periodicFlush: 100 }),
  );
}

/** ISO 8601, made once for all lines of a millisecond. */
function createClock(): () => string {
  let [atMs, text] = [Number.NaN, ''];
  return () => {
    const nowMs = Date.now();
    if (nowMs !== atMs) [atMs, text] = [nowMs, `,"time":"${new Date(nowMs).toISOString()}"`];
    return text;
  };
}

const maxCauses = 8;

/** Before the process ends: what was logged last is still in memory. */
export function flushLog(log: Logger): Promise<void> {
  return new Promise((resolve) => log.flush(() => resolve()));
}

/** Name, code and message, down the chain of causes; nothing else of an error is ever logged. */
export function describeError(error: unknown): object {
  return describeWithCauses(error, maxCauses);
}

/** Bounded, since a chain of causes may lead back to where it began. */
function describeWithCauses(error: unknown, causesLeft: number): object {
  if (!(error instanceof Error))
    return { message: typeof error === 'string' ? error : `a thrown ${typeof error}` };
  return {
    name: error.name,
    ...('code' in error ? { code: String(error.code) } : {}),
    message: error.message,
    ...(error.cause === undefined || causesLeft === 0
      ? {}
      : { cause: describeWithCauses(error.cause, causesLeft - 1) }),
  };
}
