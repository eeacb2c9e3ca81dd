// What a test may do to the simulated Globus from outside HTTP, and see of it.
import { resetForPause } from './deadlines.ts';
import type { Service } from './service.ts';
import { type Task, type Trouble, viewOf } from './task.ts';
import { canceled } from './tasks.ts';
import type { GlobusSimulator } from './types.ts';

export type Settings = {
  bytesPerSecond: number;
  clockOffsetMs: number;
  readonly skipped: Set<RegExp>;
  /** Errors that files meet, by patterns of their source paths. */
  readonly spoiled: Map<RegExp, Trouble>;
};

type Controls = Omit<
  GlobusSimulator,
  'url' | 'port' | 'requests' | 'faults' | 'stop' | 'authUrl' | 'transferUrl' | 'accounts'
>;

export function globusControls(service: Service, settings: Settings): Controls {
  const { tasks, mover, collections, limits } = service;
  const known = (taskId: string) => taskWithId(service, taskId);
  return {
    tasks: () => [...tasks.values()].map(viewOf),
    task: (taskId) => {
      const task = tasks.get(taskId);
      return task && viewOf(task);
    },
    async ended(taskId) {
      const task = known(taskId);
      await mover.whenEnded(task);
      return viewOf(task);
    },
    pause: (taskId, message) => {
      const task = known(taskId);
      task.isPaused = true;
      task.pauseMessage = message;
      resetForPause(task, limits, service.now());
      mover.wake();
    },
    suspend: (taskId) => {
      known(taskId).status = 'INACTIVE';
      mover.wake();
    },
    resume: (taskId) => {
      const task = known(taskId);
      if (task.isPaused) {
        task.isPaused = false;
        resetForPause(task, limits, service.now());
      }
      if (task.status === 'INACTIVE') task.status = 'ACTIVE';
      mover.wake();
    },
    fail: (taskId, fatalError) => mover.end(known(taskId), { status: 'FAILED', fatalError }),
    cancel: (taskId) => mover.end(known(taskId), canceled),
    vanish: (taskId) => {
      mover.forget(known(taskId));
      tasks.delete(taskId);
    },
    skipFiles: (path) => void settings.skipped.add(path),
    spoilFiles: (path, trouble) => void settings.spoiled.set(path, trouble),
    mendFiles: () => settings.spoiled.clear(),
    setBytesPerSecond: (bytesPerSecond) => {
      settings.bytesPerSecond = bytesPerSecond;
    },
    setPermitted: (id, isPermitted) => {
      const collection = collections.get(id);
      if (collection === undefined) throw new Error(`the simulator has no collection ${id}`);
      collections.set(id, { ...collection, isPermitted });
    },
    expireTokens: () => service.grants.clear(),
    setSecret: (clientId, clientSecret) => void service.accounts.set(clientId, { clientId, clientSecret }),
    setClockOffset: (offsetMs) => {
      settings.clockOffsetMs = offsetMs;
      mover.expire();
    },
  };
}

function taskWithId({ tasks }: Service, taskId: string): Task {
  const task = tasks.get(taskId);
  if (task === undefined) throw new Error(`the simulator has no task ${taskId}`);
  return task;
}
