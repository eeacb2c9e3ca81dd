// Log lines by the page or ten times a second, on their way to a file or a pipe: a write for each line costs more than
// what it says. What is held back is written when the process ends, however it ends, but for a kill.
import type { DestinationStream } from 'pino';

/** What pino.destination makes. */
export type Sink = DestinationStream & {
  flush(done?: (error?: Error) => void): void;
  flushSync(): void;
};

/** No more at once than the container runtimes read at once. */
const pageLength = 16_000;
const heldBackMs = 100;

export function batched(sink: Sink): Sink {
  let page = '';
  let isDue = false;
  const handOver = (): void => {
    isDue = false;
    if (page === '') return;
    const full = page;
    page = '';
    sink.write(full);
  };
  process.once('exit', () => {
    handOver();
    sink.flushSync();
  });
  return {
    write: (line) => {
      page += line;
      if (page.length >= pageLength) return handOver();
      if (isDue) return;
      isDue = true;
      setTimeout(handOver, heldBackMs).unref();
    },
    flush: (done) => {
      handOver();
      sink.flush(done);
    },
    flushSync: () => {
      handOver();
      sink.flushSync();
    },
  };
}
