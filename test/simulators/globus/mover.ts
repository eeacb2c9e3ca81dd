// Runs the tasks: a few of each account at a time, the others queue. A path in trouble is tried again until the
// deadline; a task that waits before it tries again gives its place to another.
import { EventEmitter, once } from 'node:events';
import { setTimeout as wait } from 'node:timers/promises';
import { troubleOf } from './collections.ts';
import { type DeadlineLimits, extendForProgress, extendInQueue } from './deadlines.ts';
import { errorDetails } from './events.ts';
import { firstSteps, type Journey, type Step, takeStep } from './steps.ts';
import { addEvent, hasEnded, type Task, type Trouble } from './task.ts';
import type { GlobusCollection } from './types.ts';

export type MoverOptions = {
  readonly collections: ReadonlyMap<string, GlobusCollection>;
  readonly maxRunningTasks: number;
  readonly retryIntervalMs: number;
  readonly bytesPerSecond: () => number;
  readonly isSkipped: (path: string) => boolean;
  /** The error that a test has put into the way of this source path. */
  readonly spoiledBy: (path: string) => Trouble | undefined;
  readonly deadlines: DeadlineLimits;
  readonly now: () => number;
};

export type Outcome =
  | { readonly status: 'SUCCEEDED' }
  | { readonly status: 'FAILED'; readonly fatalError: Trouble };

export type Mover = {
  add(task: Task): void;
  /** From now on there is no such task. */
  forget(task: Task): void;
  /** Those of one account that have not ended, oldest first. */
  openTasks(clientId: string): ReadonlySet<Task>;
  /** Starts what may start, and lets go on what waited. */
  wake(): void;
  /** Ends the tasks whose deadline has come by Globus' clock, which a test may set. */
  expire(): void;
  /** Does nothing to a task that has ended. */
  end(task: Task, outcome: Outcome): void;
  /** Resolves when it has ended and nothing of it is written any more. */
  whenEnded(task: Task): Promise<void>;
  /** Resolves when no task touches the disk any more. */
  stop(): Promise<void>;
};

export function createMover(options: MoverOptions): Mover {
  const running = new Map<Task, Promise<void>>();
  const open = new Map<string, Set<Task>>();
  const changes = new EventEmitter().setMaxListeners(0);
  let alarm: NodeJS.Timeout | undefined;
  const openTasks = (clientId: string) => open.getOrInsertComputed(clientId, () => new Set());
  const end = (task: Task, outcome: Outcome) => {
    endTask(task, outcome, options.now());
    openTasks(task.clientId).delete(task);
    wake();
  };
  const wake = () => {
    for (const queue of open.values()) {
      for (const task of givePlaces(queue, options)) {
        if (!running.has(task)) running.set(task, run(task));
      }
    }
    changes.emit('change');
  };
  const run = (task: Task) =>
    runTask({ ...options, wake }, changes, task, end).finally(() => {
      running.delete(task);
      wake();
    });
  const expire = () => {
    clearTimeout(alarm);
    for (const task of [...open.values()].flatMap((tasks) => [...tasks])) {
      extendInQueue(task, options.deadlines, options.now());
      if (options.now() >= task.deadlineTimeMs) end(task, expired);
    }
    const next = Math.min(
      ...[...open.values()].flatMap((tasks) => [...tasks].map((one) => one.deadlineTimeMs)),
    );
    if (next === Number.POSITIVE_INFINITY) return;
    alarm = setTimeout(expire, Math.min(Math.max(next - options.now(), 1), longestTimerMs)).unref();
  };
  return {
    ...{ wake, end, expire, openTasks },
    add(task) {
      openTasks(task.clientId).add(task);
      wake();
      expire();
    },
    forget(task) {
      task.stopping.abort();
      openTasks(task.clientId).delete(task);
    },
    async whenEnded(task) {
      while (!hasEnded(task) || running.has(task)) await once(changes, 'change');
    },
    async stop() {
      clearTimeout(alarm);
      for (const task of [...open.values()].flatMap((tasks) => [...tasks])) task.stopping.abort();
      await Promise.all(running.values());
    },
  };
}

/** `setTimeout` can wait no longer. */
const longestTimerMs = 2 ** 31 - 1;

const expired: Outcome = {
  status: 'FAILED',
  fatalError: { code: 'EXPIRED', description: 'The task did not complete before its deadline' },
};

/** @returns those of an account that are worked on from now on: who comes first keeps its place while it can use it. */
function givePlaces(queue: ReadonlySet<Task>, { maxRunningTasks }: MoverOptions): readonly Task[] {
  const able = [...queue].filter((task) => isReady(task) && !task.isBackingOff);
  const kept = able.filter((task) => task.isRunning);
  const waiting = able.filter((task) => !task.isRunning);
  const working = new Set([...kept, ...waiting].slice(0, Math.max(maxRunningTasks, kept.length)));
  for (const task of queue) task.isRunning = working.has(task);
  return [...working];
}

function isReady(task: Task): boolean {
  return task.status === 'ACTIVE' && !task.isPaused && !task.stopping.signal.aborted;
}

function endTask(task: Task, outcome: Outcome, nowMs: number): void {
  if (hasEnded(task)) return;
  task.status = outcome.status;
  task.fatalError = outcome.status === 'FAILED' ? outcome.fatalError : undefined;
  task.completionTimeMs = nowMs;
  task.trouble = undefined;
  task.isPaused = false;
  task.isRunning = false;
  const code = task.fatalError?.code ?? 'SUCCEEDED';
  const description = task.fatalError?.description ?? 'succeeded';
  addEvent(task, { code, isError: task.fatalError !== undefined, timeMs: nowMs, description, details: '' });
  task.stopping.abort();
}

type Running = MoverOptions & { readonly wake: () => void };

async function runTask(
  options: Running,
  changes: EventEmitter,
  task: Task,
  end: Mover['end'],
): Promise<void> {
  const { signal } = task.stopping;
  addEvent(task, event('STARTED', 'started', options.now()));
  const ready = async () => {
    while (!task.isRunning) {
      signal.throwIfAborted();
      await once(changes, 'change', { signal });
    }
  };
  try {
    await travel(options, task, ready);
    end(task, { status: 'SUCCEEDED' });
  } catch (error) {
    if (!signal.aborted) end(task, { status: 'FAILED', fatalError: fatalErrorOf(error) });
  }
}

async function travel(options: Running, task: Task, ready: () => Promise<void>): Promise<void> {
  const { source_endpoint, destination_endpoint } = task.submission;
  const source = options.collections.get(source_endpoint);
  const destination = options.collections.get(destination_endpoint);
  if (source === undefined || destination === undefined) throw new Error('a collection is gone');
  const onProgress = () => extendForProgress(task, options.deadlines, options.now());
  const journey: Journey = { ...options, task, source, destination, ready, onProgress };
  let steps = firstSteps(task);
  while (steps.length > 0) {
    steps = await takeAll(journey, steps);
    if (steps.length > 0) await backOff(options, task);
  }
}

async function backOff({ retryIntervalMs, wake }: Running, task: Task): Promise<void> {
  task.isBackingOff = true;
  wake();
  await wait(retryIntervalMs, undefined, { signal: task.stopping.signal });
  task.isBackingOff = false;
  wake();
}

/** It ends the task, however often it would be tried again. */
class FatalTrouble extends Error {
  readonly trouble: Trouble;

  constructor(trouble: Trouble) {
    super(trouble.description);
    this.trouble = trouble;
  }
}

function fatalErrorOf(error: unknown): Trouble {
  return error instanceof FatalTrouble ? error.trouble : { code: 'UNKNOWN', description: String(error) };
}

/** @returns the steps that are in trouble. */
async function takeAll(journey: Journey, steps: readonly Step[]): Promise<readonly Step[]> {
  const { task } = journey;
  // Taken from the end, so that what follows from a step comes next.
  const stack = steps.toReversed();
  const inTrouble: Step[] = [];
  for (let step = stack.pop(); step !== undefined; step = stack.pop()) {
    await journey.ready();
    try {
      stack.push(...(await takeStep(journey, step)).toReversed());
    } catch (error) {
      task.stopping.signal.throwIfAborted();
      if (!meetTrouble(journey, troubleOf(error, journey.destination), step)) inTrouble.push(step);
    }
  }
  if (inTrouble.length === 0) task.trouble = undefined;
  return inTrouble;
}

/**
 * @returns whether the path is left out for it.
 * @throws FatalTrouble where the task is to end for it.
 */
function meetTrouble(journey: Journey, trouble: Trouble, step: Step): boolean {
  const { task, now } = journey;
  const { skip_source_errors, fail_on_quota_errors } = task.submission;
  const skips = skip_source_errors === true && trouble.side === 'source' && skippable.has(trouble.code);
  if (skips) task.skippedErrors += 1;
  else task.trouble = trouble;
  task.faults += 1;
  const details = errorDetails(journey, trouble, step.paths);
  addEvent(task, { ...event(trouble.code, trouble.description, now()), isError: true, details });
  if (fail_on_quota_errors === true && trouble.code === 'QUOTA_EXCEEDED') throw new FatalTrouble(trouble);
  return skips;
}

const skippable: ReadonlySet<string> = new Set(['PERMISSION_DENIED', 'FILE_NOT_FOUND', 'AMBIGUOUS_PATH']);

function event(code: string, description: string, timeMs: number) {
  return { code, isError: false, timeMs, description, details: '' };
}
