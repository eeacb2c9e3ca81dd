// Work that is done again and again while a service runs. A test has its own `Every`, and says when.

export type Repeated = {
  /** Nothing of it runs any more once this resolves. */
  stop(): Promise<void>;
};

/** @param work never throws; it is done anew `intervalMs` after it has ended. */
export type Every = (intervalMs: number, work: () => Promise<void>) => Repeated;

export const every: Every = (intervalMs, work) => {
  let running: Promise<void> = Promise.resolve();
  let isStopped = false;
  let timer: NodeJS.Timeout | undefined;
  const schedule = () => {
    timer = setTimeout(() => {
      running = work().then(() => {
        if (!isStopped) schedule();
      });
    }, intervalMs);
    // It is no reason to keep a process alive.
    timer.unref();
  };
  schedule();
  return {
    stop: () => {
      isStopped = true;
      clearTimeout(timer);
      return running;
    },
  };
};
