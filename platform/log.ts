// One JSON line an event, on standard output. Errors are logged by name, code and message: a library's error object
// may carry a request with its headers.
import { type DestinationStream, type Logger as Pino, pino } from 'pino';
import { LogOutput } from './log-output.ts';
import { ownCopy } from './own-copy.ts';

export type Logger = Pino & {
  /**
   * An `info` line that says `decision`, of fields that are JSON already: the one event of which there are thousands a second.
   * @param fields made by `jsonField`, one after the other.
   */
  readonly decision: (fields: string) => void;
};

const standardOutput = 1;

export type LogOptions = {
  readonly service: string;
  readonly level: 'debug' | 'info' | 'warn' | 'error' | 'silent';
  readonly destination?: DestinationStream;
};

export function createLogger(options: LogOptions): Logger {
  const clock = createClock();
  const destination = options.destination ?? new LogOutput(standardOutput);
  const log = pino(
    {
      level: options.level,
      base: { service: options.service },
      timestamp: clock,
      formatters: { level: (label) => ({ level: label }) },
      serializers: { error: describeError, err: describeError },
    },
    destination,
  );
  const service = jsonField('service', options.service);
  let [time, beginning] = ['', ''];
  const decision: Logger['decision'] = (fields) => {
    const now = clock();
    if (now !== time) [time, beginning] = [now, ownCopy(`{"level":"info"${now}${service}`)];
    destination.write(`${beginning}${fields},"msg":"decision"}\n`);
  };
  return Object.assign(log, { decision: log.isLevelEnabled('info') ? decision : () => {} });
}

/** `,"app":"x"`; nothing where the value is undefined. */
export function jsonField(name: string, value: string | undefined): string {
  if (value === undefined) return '';
  return isPlain.test(value) ? `,"${name}":"${value}"` : `,"${name}":${JSON.stringify(value)}`;
}

/** Nothing in it that JSON writes in another way: most of what is logged, in half of the time. */
const isPlain = /^[\w.:@/*[\] -]*$/;

/** ISO 8601, made once a millisecond. */
function createClock(): () => string {
  let [millisecond, text] = [Number.NaN, ''];
  return () => {
    const nowMs = Date.now();
    if (nowMs !== millisecond) [millisecond, text] = [nowMs, `,"time":"${new Date(nowMs).toISOString()}"`];
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

/** The same in words, one an error. */
export function sentencesOf(error: unknown): readonly string[] {
  const sentences: string[] = [];
  for (let current = error; current !== undefined && sentences.length <= maxCauses; ) {
    if (!(current instanceof Error)) return [...sentences, `a thrown ${typeof current}`];
    const code = 'code' in current ? ` (${String(current.code)})` : '';
    sentences.push(`${current.message}${code}`);
    current = current.cause;
  }
  return sentences;
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
