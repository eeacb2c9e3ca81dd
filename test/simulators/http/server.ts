// The socket below both simulators: reads a request, lets a fault strike, answers, keeps a journal without secrets.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';
import type { Answer, Question } from './exchange.ts';
import { createFaults, type Fault, type FaultList, type Faults } from './faults.ts';

/** What was asked and what was answered: no header and no body, so no credential. */
export type RecordedRequest = {
  readonly method: string;
  readonly path: string;
  /** With its question mark; empty where there is none. */
  readonly search: string;
  /** undefined: no answer was sent, or not yet. */
  readonly status: number | undefined;
  readonly fault: Fault['kind'] | undefined;
};

export type SimulatorServer = {
  /** `http://127.0.0.1:<port>` without a final slash. */
  readonly url: string;
  readonly port: number;
  readonly requests: readonly RecordedRequest[];
  readonly faults: Faults;
  /** Destroys every connection. */
  stop(): Promise<void>;
};

export type ServerOptions = {
  /** 0 takes a free one. */
  readonly port: number;
  /** Default 127.0.0.1; anything else lets the network in. */
  readonly host?: string;
  readonly maxBodyBytes: number;
  readonly answer: (question: Question) => Promise<Answer>;
  readonly bodyTooLarge: () => Answer;
};

type Journal = { -readonly [Key in keyof RecordedRequest]: RecordedRequest[Key] };

export async function startServer(options: ServerOptions): Promise<SimulatorServer> {
  const requests: Journal[] = [];
  const faults = createFaults();
  const stopping = new AbortController();
  const server = createServer((incoming, outgoing) => {
    serve({ options, requests, faults, signal: stopping.signal }, incoming, outgoing).catch(
      (error: unknown) => {
        if (!stopping.signal.aborted && !incoming.destroyed) console.error('simulator:', error);
        incoming.destroy();
      },
    );
  });
  const port = await listen(server, options.port, options.host ?? '127.0.0.1');
  const stop = () => {
    stopping.abort();
    return close(server);
  };
  return { url: `http://127.0.0.1:${port}`, port, requests, faults, stop };
}

type Listening = {
  readonly options: ServerOptions;
  readonly requests: Journal[];
  readonly faults: FaultList;
  readonly signal: AbortSignal;
};

async function serve(
  listening: Listening,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
): Promise<void> {
  const target = incoming.url ?? '/';
  const [path, search] = splitTarget(target);
  const method = incoming.method ?? 'GET';
  const entry: Journal = { method, path, search, status: undefined, fault: undefined };
  listening.requests.push(entry);
  const body = await readBody(incoming, listening.options.maxBodyBytes);
  const fault = listening.faults.take({ method, target, body: body ?? '' });
  entry.fault = fault?.kind;
  if (fault?.kind === 'reset') return void incoming.socket.resetAndDestroy();
  if (fault?.kind === 'hang') return;
  await strikeBefore(fault, listening.signal);
  if (fault?.kind === 'hold' && fault.at === 'instead_of_work') return;
  const answer = await work(listening, fault, { method, path, search, body, headers: incoming.headers });
  await strikeAfter(fault);
  if (fault?.kind === 'answer_lost') return void incoming.socket.destroy();
  entry.status = fault?.kind === 'not_json' ? 200 : answer.status;
  send(incoming, outgoing, fault, answer);
}

async function strikeBefore(fault: Fault | undefined, signal: AbortSignal): Promise<void> {
  if (fault?.kind === 'delay') await wait(fault.delayMs, undefined, { signal });
  if (fault?.kind === 'hold' && fault.at !== 'after_work') await fault.until();
}

async function strikeAfter(fault: Fault | undefined): Promise<void> {
  if (fault?.kind === 'hold' && fault.at === 'after_work') await fault.until();
}

type ReadRequest = Omit<Question, 'query' | 'body'> & {
  readonly search: string;
  readonly body: string | undefined;
};

async function work(
  { options }: Listening,
  fault: Fault | undefined,
  { search, body, ...request }: ReadRequest,
): Promise<Answer> {
  if (fault?.kind === 'status') return statusAnswer(fault);
  if (body === undefined) return options.bodyTooLarge();
  return options.answer({ ...request, body, query: new URLSearchParams(search) });
}

function statusAnswer({ status, headers, body }: Extract<Fault, { kind: 'status' }>): Answer {
  if (body === undefined) return { status, headers: { ...headers }, body: '' };
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return { status, headers: { 'content-type': 'application/json', ...headers }, body: text };
}

function send(
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  fault: Fault | undefined,
  answer: Answer,
): void {
  if (fault?.kind === 'not_json') {
    outgoing.writeHead(200, { 'content-type': 'text/html' }).end('<html><body>Please sign in</body></html>');
    return;
  }
  const body = Buffer.from(answer.body);
  const more = fault?.kind === 'headers' ? fault.headers : {};
  outgoing.writeHead(answer.status, { ...answer.headers, ...more, 'content-length': body.length });
  if (fault?.kind !== 'cut_short') return void outgoing.end(body);
  outgoing.write(body.subarray(0, Math.floor(body.length / 2)), () => incoming.socket.destroy());
}

/** undefined when it is larger than the service takes; the rest is read and thrown away, so that the answer arrives. */
async function readBody(incoming: IncomingMessage, maxBytes: number): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of incoming) {
    bytes += chunk.length;
    if (bytes <= maxBytes) chunks.push(chunk);
  }
  return bytes > maxBytes ? undefined : Buffer.concat(chunks).toString('utf8');
}

function splitTarget(target: string): readonly [path: string, search: string] {
  const at = target.indexOf('?');
  return at < 0 ? [target, ''] : [target.slice(0, at), target.slice(at)];
}

async function listen(server: Server, port: number, host: string): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(port, host, resolve);
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the simulator has no port');
  return address.port;
}

async function close(server: Server): Promise<void> {
  await new Promise<void>((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
