// Runs the tasks: a few of each account at a time, the others queue. A path in trouble is tried again until the
// deadline while the other paths go on.
import { EventEmitter, once } from 'node:events';
import { setTimeout as wait } from 'node:timers/promises';
import { troubleOf } from './collections.ts';
import { firstSteps, type Journey, type Step, takeStep } from './steps.ts';
import { addEvent, hasEnded, type Task, type Trouble } from './task.ts';
import type { GlobusCollection } from './types.ts';

export type MoverOptions = {
  readonly collections: ReadonlyMap<string, GlobusCollection>;
  readonly maxRunningTasks: number;
  readonly retryIntervalMs: number;
  readonly bytesPerSecond: () => number;
  readonly isSkipped: (path: string) => boolean;
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
  const openTasks = (clientId: string) => open.getOrInsertComputed(clientId, () => new Set());
  const end = (task: Task, outcome: Outcome) => {
    endTask(task, outcome, options.now());
    openTasks(task.clientId).delete(task);
    wake();
  };
  const wake = () => {
    changes.emit('change');
    for (const queue of open.values()) {
      for (const task of queue) {
        if (!hasPlace(running.keys(), task, options)) break;
        if (running.has(task) || !isReady(task)) continue;
        running.set(
          task,
          run(options, changes, task, end).finally(() => release(task)),
        );
      }
    }
  };
  const release = (task: Task) => {
    task.isRunning = false;
    running.delete(task);
    wake();
  };
  return {
    ...{ wake, end, openTasks },
    add(task) {
      openTasks(task.clientId).add(task);
      wake();
    },
    forget(task) {
      task.stopping.abort();
      openTasks(task.clientId).delete(task);
    },
    async whenEnded(task) {
      while (!hasEnded(task) || running.has(task)) await once(changes, 'change');
    },
    async stop() {
      for (const task of [...open.values()].flatMap((tasks) => [...tasks])) task.stopping.abort();
      await Promise.all(running.values());
    },
  };
}

function isReady(task: Task): boolean {
  return task.status === 'ACTIVE' && !task.isPaused && !task.stopping.signal.aborted;
}

/** A paused task gives its place to another. */
function hasPlace(running: Iterable<Task>, { clientId }: Task, { maxRunningTasks }: MoverOptions): boolean {
  return [...running].filter((task) => task.clientId === clientId && isReady(task)).length < maxRunningTasks;
}

function endTask(task: Task, outcome: Outcome, nowMs: number): void {
  if (hasEnded(task)) return;
  task.status = outcome.status;
  task.fatalError = outcome.status === 'FAILED' ? outcome.fatalError : undefined;
  task.completionTimeMs = nowMs;
  task.trouble = undefined;
  task.isPaused = false;
  const code = task.fatalError?.code ?? 'SUCCEEDED';
  const description = task.fatalError?.description ?? 'succeeded';
  addEvent(task, { code, isError: task.fatalError !== undefined, timeMs: nowMs, description, details: '' });
  task.stopping.abort();
}

async function run(
  options: MoverOptions,
  changes: EventEmitter,
  task: Task,
  end: Mover['end'],
): Promise<void> {
  task.isRunning = true;
  const { signal } = task.stopping;
  const expiry = expireAtDeadline(options, task, end);
  addEvent(task, event('STARTED', 'started', options.now()));
  const ready = async () => {
    while (!isReady(task)) {
      signal.throwIfAborted();
      await once(changes, 'change', { signal });
    }
  };
  try {
    await travel(options, task, ready);
    end(task, { status: 'SUCCEEDED' });
  } catch (error) {
    if (!signal.aborted)
      end(task, { status: 'FAILED', fatalError: { code: 'UNKNOWN', description: String(error) } });
  } finally {
    clearTimeout(expiry);
  }
}

async function travel(options: MoverOptions, task: Task, ready: () => Promise<void>): Promise<void> {
  const { source_endpoint, destination_endpoint } = task.submission;
  const source = options.collections.get(source_endpoint);
  const destination = options.collections.get(destination_endpoint);
  if (source === undefined || destination === undefined) throw new Error('a collection is gone');
  const journey: Journey = { ...options, task, source, destination, ready };
  let steps = firstSteps(task);
  while (steps.length > 0) {
    steps = await takeAll(journey, steps);
    if (steps.length > 0) await wait(options.retryIntervalMs, undefined, { signal: task.stopping.signal });
  }
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
      if (!meetTrouble(journey, troubleOf(error), step)) inTrouble.push(step);
    }
  }
  if (inTrouble.length === 0) task.trouble = undefined;
  return inTrouble;
}

/** @returns whether the path is left out for it. */
function meetTrouble({ task, now }: Journey, trouble: Trouble, { paths }: Step): boolean {
  const skips = task.submission.skip_source_errors === true;
  if (skips) task.skippedErrors += 1;
  else task.trouble = trouble;
  task.faults += 1;
  addEvent(task, {
    ...event(trouble.code, trouble.description, now()),
    isError: true,
    details: paths.source,
  });
  return skips;
}

function expireAtDeadline(options: MoverOptions, task: Task, end: Mover['end']): NodeJS.Timeout {
  const leftMs = Math.max(task.deadlineTimeMs - options.now(), 0);
  const fatalError = { code: 'EXPIRED', description: 'The task has reached its deadline' };
  return setTimeout(() => end(task, { status: 'FAILED', fatalError }), Math.min(leftMs, 2 ** 31 - 1));
}

function event(code: string, description: string, timeMs: number) {
  return { code, isError: false, timeMs, description, details: '' };
}
