// Globus and SciCat as far as transfers need them, in one server that answers as fast as it can and checks nothing. It
// counts who was asked what; its tasks move a little at each look, or end at the first.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';

export type Counts = { globus: number; lists: number; scicat: number };

export type StandIn = {
  readonly url: string;
  readonly counts: Counts;
  addTask(taskId: string): void;
  /** Whether every task is found ended at the next look. */
  endTasks(end: boolean): void;
  /** Of the one dataset that is asked for its files. */
  setFiles(count: number): void;
  openTasks(): number;
  stop(): Promise<void>;
};

type Task = { readonly id: string; looks: number };

type State = {
  readonly open: Map<string, Task>;
  readonly counts: Counts;
  ends: boolean;
  files: number;
  latest: number;
};

const bytesPerFile = 1000;

export async function startStandIn(): Promise<StandIn> {
  const counts: Counts = { globus: 0, lists: 0, scicat: 0 };
  const state: State = { open: new Map(), counts, ends: false, files: 1, latest: 0 };
  const server = createServer((request, response) => void answer(state, request, response));
  server.keepAliveTimeout = 60_000;
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (typeof address !== 'object' || address === null) throw new Error('no port');
  return {
    url: `http://127.0.0.1:${address.port}`,
    counts,
    addTask: (id) => void state.open.set(id, { id, looks: 0 }),
    endTasks: (ends) => {
      state.ends = ends;
    },
    setFiles: (files) => {
      state.files = files;
    },
    openTasks: () => state.open.size,
    stop: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function answer(state: State, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { pathname, searchParams } = new URL(request.url ?? '/', 'http://x');
  const isGlobus = pathname.startsWith('/v');
  state.counts[isGlobus ? 'globus' : 'scicat'] += 1;
  for await (const _ of request);
  if (pathname.endsWith('/origdatablocks')) return sendFiles(state, response);
  const body = isGlobus ? globus(state, pathname, searchParams) : scicat(state, request.method, pathname);
  response.writeHead(request.method === 'POST' && !isGlobus ? 201 : 200, {
    'content-type': 'application/json',
  });
  response.end(JSON.stringify(body));
}

function globus(state: State, path: string, query: URLSearchParams): unknown {
  if (path === '/v2/oauth2/token')
    return { access_token: 't', expires_in: 172_800, resource_server: 'transfer.api.globus.org', scope: '' };
  if (path.endsWith('/submission_id')) return { value: newId(state) };
  if (path.endsWith('/task_list')) return list(state, query);
  if (path.endsWith('/transfer')) {
    const id = newId(state);
    state.open.set(id, { id, looks: 0 });
    return { code: 'Accepted', task_id: id };
  }
  return ended(path.split('/').at(-1) ?? '', state.files);
}

function list(state: State, query: URLSearchParams): unknown {
  state.counts.lists += 1;
  if (state.ends) state.open.clear();
  const offset = Number(query.get('offset'));
  const page = [...state.open.values()].slice(offset, offset + Number(query.get('limit')));
  return { total: state.open.size, DATA: page.map(moving) };
}

function moving(task: Task) {
  task.looks += 1;
  return {
    ...ended(task.id, 1000),
    status: 'ACTIVE',
    nice_status: 'OK',
    files_transferred: task.looks,
    bytes_transferred: task.looks * bytesPerFile,
  };
}

function ended(id: string, files: number) {
  return {
    ...{
      task_id: id,
      status: 'SUCCEEDED',
      nice_status: null,
      is_paused: false,
      fatal_error: null,
      faults: 0,
    },
    ...{ files, files_transferred: files, files_skipped: 0, bytes_transferred: files * bytesPerFile },
    ...{ label: '', request_time: '2026-01-01T00:00:00+00:00', history_deleted: false },
  };
}

function scicat(state: State, method: string | undefined, path: string): unknown {
  if (path.endsWith('/auth/login')) return { access_token: 's', expires_in: 3600 };
  if (path.endsWith('/datasetlifecycle')) return { archivable: true };
  if (method === 'GET' && path.startsWith('/api/v3/datasets/')) return dataset(path, state.files);
  return method === 'GET' ? [] : { id: newId(state) };
}

function dataset(path: string, files: number) {
  const pid = decodeURIComponent(path.split('/').at(-1) ?? '');
  const sourceFolder = `/data/p1/${pid.split('/').at(-1)}`;
  return { pid, ownerGroup: 'p1', sourceFolder, size: files * bytesPerFile, numberOfFiles: files };
}

/** As large as the backend's own clients make a block. */
const filesPerBlock = 1000;

async function sendFiles({ files }: State, response: ServerResponse): Promise<void> {
  response.writeHead(200, { 'content-type': 'application/json' });
  for (let first = 0; first < files; first += filesPerBlock) {
    const count = Math.min(filesPerBlock, files - first);
    const dataFileList = Array.from({ length: count }, (_, index) => fileOf(first + index));
    const text = `${first === 0 ? '[' : ','}${JSON.stringify({ dataFileList })}`;
    if (!response.write(text)) await new Promise((resolve) => response.once('drain', resolve));
  }
  response.end(']');
}

/** As a detector names its frames. */
export function fileOf(number: number) {
  const name = String(number).padStart(7, '0');
  return {
    path: `scan_${name.slice(0, 4)}/frame_${name}.tif`,
    size: bytesPerFile,
    time: '2026-01-01T00:00:00.000Z',
    chk: '9e107d9d372bb6826bd81d3542a419d6',
    uid: 'beamline',
    gid: 'p1',
    perm: '-rw-r-----',
  };
}

function newId(state: State): string {
  state.latest += 1;
  return `00000000-0000-4000-8000-${String(state.latest).padStart(12, '0')}`;
}
