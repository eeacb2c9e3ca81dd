// Log lines on their way out, by the page or ten times a second: a write for each line costs more than what it says.
// A full disk and a pipe that nobody reads lose lines, never a request; an end loses none, but for a kill.
import { fstatSync, write, writeSync } from 'node:fs';

const pageBytes = 65_536;
/** Of a character of a text, in UTF-8: a code unit of UTF-16 is at most so many. */
const maxBytesEach = 3;
const heldBackMs = 100;
/** Waiting to be written; what comes on top of it is lost. */
const maxWaitingBytes = 16 * 1024 * 1024;
const retryMs = 50;
/** At the end: how often a pipe that is full is tried again. */
const lastTries = 20;

export class LogOutput {
  readonly #fd: number;
  /** Writing to it costs less than handing it to another thread; a pipe may have to be waited for. */
  readonly #isFile: boolean;
  /** Each line is written here as it comes: a text put together of all of them is taken apart again when it is long cold. */
  readonly #page = Buffer.allocUnsafeSlow(pageBytes);
  #pageEnd = 0;
  #isDue = false;
  readonly #waiting: Buffer[] = [];
  #waitingBytes = 0;
  #isWriting = false;
  #whenWritten: (() => void)[] = [];

  constructor(fd: number) {
    this.#fd = fd;
    this.#isFile = fstatSync(fd).isFile();
    process.once('exit', () => this.flushSync());
  }

  write(line: string): void {
    const maxBytes = line.length * maxBytesEach;
    if (this.#pageEnd + maxBytes > pageBytes) this.#turnPage();
    if (maxBytes <= pageBytes) {
      this.#pageEnd += this.#page.write(line, this.#pageEnd);
      this.#turnPageSoon();
    } else {
      this.#keepWaiting(Buffer.from(line));
      this.#turnPage();
    }
  }

  /** @param done called once all is written, or lost. */
  flush(done: () => void = () => {}): void {
    this.#turnPage();
    if (this.#isWriting) this.#whenWritten.push(done);
    else done();
  }

  /** For the end of the process. What another thread writes already is left to it. */
  flushSync(): void {
    this.#takePage();
    const left = this.#waiting.splice(this.#isWriting ? 1 : 0);
    for (const page of left) {
      this.#waitingBytes -= page.length;
      this.#writeNow(page);
    }
  }

  #turnPageSoon(): void {
    if (this.#isDue) return;
    this.#isDue = true;
    const due = (): void => {
      this.#isDue = false;
      this.#turnPage();
    };
    setTimeout(due, heldBackMs).unref();
  }

  #turnPage(): void {
    this.#takePage();
    if (this.#isFile) this.flushSync();
    else this.#writeNext();
  }

  #takePage(): void {
    if (this.#pageEnd === 0) return;
    const page = Buffer.from(this.#page.subarray(0, this.#pageEnd));
    this.#pageEnd = 0;
    this.#keepWaiting(page);
  }

  #keepWaiting(page: Buffer): void {
    if (this.#waitingBytes + page.length > maxWaitingBytes) return;
    this.#waiting.push(page);
    this.#waitingBytes += page.length;
  }

  #writeNext(): void {
    const [page] = this.#waiting;
    if (this.#isWriting || page === undefined) return;
    this.#isWriting = true;
    write(this.#fd, page, (error, written) => {
      if (error?.code === 'EAGAIN') return void setTimeout(() => this.#wrote(0), retryMs);
      this.#wrote(error === null ? written : page.length);
    });
  }

  #wrote(bytes: number): void {
    this.#isWriting = false;
    const page = this.#waiting.shift();
    this.#waitingBytes -= bytes;
    if (page !== undefined && bytes < page.length) this.#waiting.unshift(page.subarray(bytes));
    if (this.#waiting.length > 0) this.#writeNext();
    else for (const done of this.#whenWritten.splice(0)) done();
  }

  /** What cannot be written is lost. */
  #writeNow(page: Buffer): void {
    let triesLeft = lastTries;
    for (let written = 0; written < page.length; ) {
      try {
        written += writeSync(this.#fd, page, written);
      } catch (error) {
        const isFull = error instanceof Error && 'code' in error && error.code === 'EAGAIN';
        if (!isFull || triesLeft-- === 0) return;
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, retryMs);
      }
    }
  }
}
