// The end of a service's process: which signals end it, how long it may take, and what it says when it cannot start.
import { homedir } from 'node:os';
import { dirname } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { ConfigError } from './config/load.ts';
import { createLogger } from './log.ts';

export type Ending = {
  close(graceMs: number): Promise<void>;
  /** Reads its configuration again, on SIGHUP. */
  reload?(): Promise<void>;
};

/** SIGTERM and SIGINT end the service within this time, open requests answered. */
const graceMs = 8_000;

/**
 * Starts, and ends on a signal. Exit codes: 0 ended, 1 could not start, 2 the configuration or the command line is wrong.
 * @param start what it does; whatever it has opened, it closes.
 */
export async function runService(start: () => Promise<Ending>): Promise<void> {
  let service: Ending | undefined;
  let hasHungUp = false;
  // From the beginning on: one that comes while it starts would end it.
  const hangUp = (): void => {
    hasHungUp = true;
    void service?.reload?.();
  };
  process.on('SIGHUP', hangUp);
  process.on('uncaughtException', endAtBug);
  try {
    const started = await start();
    service = started;
    if (started.reload === undefined) process.off('SIGHUP', hangUp);
    if (hasHungUp) void (started.reload === undefined ? end(started) : started.reload());
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => void end(started));
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exit(error instanceof ConfigError || isOptionMistake(error) ? 2 : 1);
  }
}

/** Whether it is an option of the command line that there is none of, or that lacks its value. */
export function isOptionMistake(error: unknown): error is TypeError {
  return error instanceof TypeError && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS_');
}

/**
 * An exception that nobody caught, or a rejection: what state it has left is unknown, so the process ends at once, and
 * whoever supervises it starts it again. The line is written before it ends.
 */
function endAtBug(error: unknown): void {
  createLogger({ service: 'process', level: 'error' }).fatal({ error }, 'uncaught exception, ending');
  process.exit(1);
}

async function end(service: Ending): Promise<void> {
  // Whatever hangs: an orchestrator would kill it a moment later without a word.
  const timer = setTimeout(() => process.exit(1), graceMs + 1_500);
  await service.close(graceMs);
  clearTimeout(timer);
  process.exit(0);
}

/**
 * What is garbage is collected before the heap is half as large again as what lives in it, and what is new has no more
 * room than the start needed: V8 would let the one grow to four times that and the other to 64 MB where the machine has
 * memory, which is how a list of a million files would show. It asks for both at each collection, so they can be said
 * while the process runs.
 */
export function keepHeapSmall(): void {
  setFlagsFromString('--heap-growing-percent=40');
  setFlagsFromString('--semi-space-growth-factor=1');
}

/** Where this process runs, for whoever looks for files: an argument to them, so that tests can run elsewhere. */
export function surroundingsOfProcess() {
  const { env: environment, platform } = process;
  return { platform, environment, homeFolder: homedir(), programFolder: dirname(process.argv[1] ?? '.') };
}
