// Log lines by the page or ten times a second, on their way to a file or a pipe: a write for each line costs more than
// what it says. What is held back is written when the process ends, however it ends, but for a kill.
import type { DestinationStream } from 'pino';

/** What pino.destination makes. */
export type Sink = DestinationStream & {
  flush(done?: (error?: Error) => void): void;
  flushSync(): void;
};

/** What the sink is to hold back as well, until it is flushed: what it has begun cannot be waited for at the end. */
export const pageLength = 16_000;
const heldBackMs = 100;

export function batched(sink: Sink): Sink {
  let page = '';
  let isDue = false;
  const handOver = (): void => {
    const full = page;
    page = '';
    if (full !== '') sink.write(full);
  };
  const flush: Sink['flush'] = (done) => {
    handOver();
    sink.flush(done);
  };
  const flushSync = (): void => {
    if (page === '') return;
    handOver();
    sink.flushSync();
  };
  const due = (): void => {
    isDue = false;
    flush();
  };
  process.once('beforeExit', handOver);
  process.once('exit', flushSync);
  return {
    write: (line) => {
      page += line;
      if (page.length >= pageLength) return handOver();
      if (isDue) return;
      isDue = true;
      setTimeout(due, heldBackMs).unref();
    },
    flush,
    flushSync,
  };
}
