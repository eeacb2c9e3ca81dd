// Connections on which plain requests are answered without node:http's objects, which cost more than most answers. At the
// first thing that is not plain a connection is node:http's for good, with every byte that was read of it.
import type { Socket } from 'node:net';
import { InSteps } from './in-steps.ts';
import { andThen, type NowOrLater, orElse } from './now-or-later.ts';
import { headOf, type PlainAnswer } from './plain-answer.ts';
import { type PlainRequest, readPlainRequest } from './plain-request.ts';
import { endSocket } from './server.ts';

export type Answering = {
  readonly answer: (request: PlainRequest, peerAddress: string) => NowOrLater<PlainAnswer>;
  /** To a request on which `answer` threw, or whose answer cannot be written. */
  readonly answerBug: (error: unknown) => PlainAnswer;
};

export type PlainOptions = Answering & {
  readonly handOver: (socket: Socket) => void;
  readonly maxHeaderBytes: number;
  /** For a connection's first request. */
  readonly headersMs: number;
  /** From an answer to the next request. */
  readonly idleMs: number;
};

export class PlainConnections {
  readonly #options: PlainOptions;
  readonly #open = new Set<PlainConnection>();
  readonly #asked = new InSteps<PlainConnection>([
    (connection) => connection.answer(),
    (connection) => connection.write(),
  ]);
  readonly #sweeping: NodeJS.Timeout;
  #isEnding = false;

  constructor(options: PlainOptions) {
    this.#options = options;
    const sweep = (): void => {
      for (const connection of this.#open) connection.closeIfUnused();
    };
    // One timer for all of them: one each, put off with every read and write, costs a request more than its rule.
    this.#sweeping = setInterval(sweep, Math.min(options.headersMs, sweepMs)).unref();
  }

  take(socket: Socket): void {
    const connection: PlainConnection = new PlainConnection(socket, this.#options, {
      isLast: () => this.#isEnding,
      asked: () => this.#asked.add(connection),
      left: () => this.#open.delete(connection),
    });
    this.#open.add(connection);
  }

  /** From now on each answer is its connection's last. */
  end(): void {
    this.#isEnding = true;
    clearInterval(this.#sweeping);
  }

  closeIdle(): void {
    for (const connection of this.#open) connection.closeIfIdle();
  }

  closeAll(): void {
    for (const connection of this.#open) connection.destroy();
  }
}

type Surroundings = {
  readonly isLast: () => boolean;
  readonly asked: () => void;
  readonly left: () => void;
};

/** What goes over the wire. */
type Written = { readonly bytes: string | Buffer; readonly isLast: boolean };

class PlainConnection {
  readonly #socket: Socket;
  readonly #options: PlainOptions;
  readonly #around: Surroundings;
  readonly #peerAddress: string;
  /** Of a head that has not come whole. */
  #pieces: Buffer[] = [];
  #lastUsedMs = performance.now();
  #hasAnswered = false;
  /** From a request to the end of its answer. */
  #isAnswering = false;
  #request: PlainRequest | undefined;
  #written: Written | undefined;
  #hasEnded = false;

  constructor(socket: Socket, options: PlainOptions, around: Surroundings) {
    this.#socket = socket;
    this.#options = options;
    this.#around = around;
    this.#peerAddress = socket.remoteAddress ?? '';
    socket.on('data', this.#onData).on('end', this.#onEnd);
    socket.on('error', this.#onError).on('close', around.left).on('drain', this.#onDrain);
  }

  closeIfUnused(): void {
    const { headersMs, idleMs } = this.#options;
    const isUnused = performance.now() - this.#lastUsedMs > (this.#hasAnswered ? idleMs : headersMs);
    if (isUnused && !this.#isAnswering) this.destroy();
  }

  closeIfIdle(): void {
    const { writableLength, writableEnded } = this.#socket;
    const isTold = writableLength === 0 && !writableEnded;
    if (isTold && !this.#isAnswering && this.#pieces.length === 0) this.destroy();
  }

  destroy(): void {
    this.#socket.destroy();
  }

  readonly #onData = (chunk: Buffer): void => {
    if (this.#isAnswering) {
      this.#putBack(chunk);
      return;
    }
    const bytes = this.#pieces.length === 0 ? chunk : Buffer.concat([...this.#pieces, chunk]);
    const isTooLarge = bytes.length > this.#options.maxHeaderBytes;
    const request = isTooLarge ? 'other' : readPlainRequest(bytes.toString('latin1'));
    if (request === 'incomplete' && this.#pieces.length < maxPieces) this.#pieces.push(chunk);
    else if (typeof request === 'string') this.#handOver(bytes);
    else this.#ask(request);
  };

  #ask(request: PlainRequest): void {
    if (this.#pieces.length > 0) this.#pieces = [];
    this.#isAnswering = true;
    this.#request = request;
    this.#around.asked();
  }

  /** @returns whether there is something to write at once. */
  answer(): boolean {
    const { answer, answerBug } = this.#options;
    const request = this.#request;
    this.#request = undefined;
    if (request === undefined || this.#socket.destroyed) return false;
    const written = orElse(
      () => andThen(answer(request, this.#peerAddress), this.#render),
      (error) => this.#render(answerBug(error)),
    );
    if (written instanceof Promise) void written.then((later) => this.#send(later));
    else this.#written = written;
    return this.#written !== undefined;
  }

  write(): boolean {
    const written = this.#written;
    this.#written = undefined;
    if (written !== undefined) this.#send(written);
    return false;
  }

  readonly #render = (answer: PlainAnswer): Written => {
    const isLast = this.#hasEnded || this.#around.isLast();
    const head = headOf(answer, isLast);
    if (answer.body === '') return { bytes: head, isLast };
    return { bytes: Buffer.concat([Buffer.from(head, 'latin1'), Buffer.from(answer.body)]), isLast };
  };

  #send({ bytes, isLast }: Written): void {
    if (this.#socket.destroyed) return;
    this.#isAnswering = false;
    this.#hasAnswered = true;
    this.#lastUsedMs = performance.now();
    if (isLast) this.#end(bytes);
    else this.#goOn(this.#socket.write(bytes, 'latin1'));
  }

  /** A client that does not read its answers is not asked for more questions: they would fill the memory. */
  #goOn(isRead: boolean): void {
    if (!isRead) this.#socket.pause();
    else if (this.#socket.isPaused()) this.#socket.resume();
  }

  readonly #onDrain = (): void => this.#goOn(true);

  #end(lastWords: string | Buffer): void {
    this.#socket.off('data', this.#onData);
    endSocket(this.#socket, typeof lastWords === 'string' ? Buffer.from(lastWords, 'latin1') : lastWords);
  }

  /** Whoever takes it hears of the same bytes as if nobody had read them. */
  #handOver(bytes: Buffer): void {
    const socket = this.#socket;
    socket.off('data', this.#onData).off('end', this.#onEnd);
    socket.off('error', this.#onError).off('close', this.#around.left).off('drain', this.#onDrain);
    this.#putBack(bytes);
    this.#around.left();
    this.#options.handOver(socket);
    socket.resume();
  }

  /** Nothing that comes overtakes it, and neither does the end. */
  #putBack(bytes: Buffer): void {
    this.#socket.pause();
    this.#socket.unshift(bytes);
  }

  readonly #onEnd = (): void => {
    this.#hasEnded = true;
    if (!this.#isAnswering) this.#socket.end();
  };

  /** Of a client that has gone: nobody is left to be told. */
  readonly #onError = (): void => this.destroy();
}

/** Of one head: who sends more of them keeps us busy, and is node:http's to wait for. */
const maxPieces = 8;
const sweepMs = 5000;
