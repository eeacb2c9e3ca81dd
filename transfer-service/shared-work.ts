// Work that many callers need once: a token, a key set. It goes on when one of those who wait gives up.

export class SharedWork<Value> {
  #running: Promise<Value> | undefined;

  /** @throws the signal's reason when it is aborted first. */
  run(work: () => Promise<Value>, signal: AbortSignal | undefined): Promise<Value> {
    this.#running ??= work().finally(() => {
      this.#running = undefined;
    });
    return signal === undefined ? this.#running : untilAborted(this.#running, signal);
  }
}

async function untilAborted<Value>(work: Promise<Value>, signal: AbortSignal): Promise<Value> {
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const onAbort = () => reject(signal.reason);
  signal.addEventListener('abort', onAbort, { once: true });
  if (signal.aborted) onAbort();
  try {
    return await Promise.race([aborted, work]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}
