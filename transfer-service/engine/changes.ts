// Waiting for a transfer to get somewhere: those who answer requests, and tests, instead of asking again and again.

type Listener = { readonly changed: () => void; readonly failed: (error: unknown) => void };

export class Changes {
  readonly #listeners = new Map<string, Set<Listener>>();

  changed(id: string): void {
    for (const listener of this.#listeners.get(id) ?? []) listener.changed();
  }

  /** A step met an outage: who waits is told so, the transfer goes on later. */
  failed(id: string, error: unknown): void {
    for (const listener of this.#listeners.get(id) ?? []) listener.failed(error);
  }

  /**
   * The first result of `look` that is not undefined, looking again after every change.
   * @throws what a step of the transfer met; the signal's reason when it is aborted.
   */
  async until<Result>(
    id: string,
    look: () => Promise<Result | undefined>,
    signal: AbortSignal,
  ): Promise<Result> {
    for (;;) {
      // Subscribed before looking: a change in between must not be missed.
      const change = this.#next(id, signal);
      try {
        const result = await look();
        if (result !== undefined) return result;
        await change.promise;
      } finally {
        change.unsubscribe();
      }
    }
  }

  #next(id: string, signal: AbortSignal) {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    promise.catch(() => {});
    const listener: Listener = { changed: resolve, failed: reject };
    const onAbort = () => reject(signal.reason);
    const listeners = this.#listeners.get(id) ?? new Set();
    this.#listeners.set(id, listeners.add(listener));
    signal.addEventListener('abort', onAbort, { once: true });
    if (signal.aborted) onAbort();
    const unsubscribe = () => {
      signal.removeEventListener('abort', onAbort);
      listeners.delete(listener);
      if (listeners.size === 0) this.#listeners.delete(id);
    };
    return { promise, unsubscribe };
  }
}
