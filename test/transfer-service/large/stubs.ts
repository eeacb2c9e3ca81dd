// SciCat and Globus in a process of their own, for one dataset of any number of files that are on no disk: the list is
// made as it is sent, and a task ends at once with all that it was asked for. Only what the measurement needs.
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { z } from 'zod';

const fileCount = Number(process.argv[2]);
const fileBytes = 1000;
const perBlock = 10_000;

const tasks = new Map<string, { readonly label: string; readonly files: number }>();
const jobs = new Map<string, string>();

const submission = z.object({ label: z.string(), submission_id: z.string(), DATA: z.array(z.unknown()) });
const jobBody = z.object({ type: z.string() });
const update = z.object({ statusCode: z.string() });

const server = createServer((request, response) => void answer(request, response));
await once(server.listen(0, '127.0.0.1'), 'listening');
const address = server.address();
process.stdout.write(`${typeof address === 'object' ? address?.port : ''}\n`);

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const path = (request.url ?? '').split('?')[0] ?? '';
  const body = Buffer.concat(await Array.fromAsync(request)).toString('utf8');
  if (path.endsWith('/origdatablocks')) return sendList(response);
  const status = request.method === 'POST' && path.startsWith('/api/') ? 201 : 200;
  response.writeHead(status, { 'Content-Type': 'application/json' });
  response.end(JSON.stringify(answerTo(`${request.method} ${path}`, body)));
}

function answerTo(call: string, body: string): unknown {
  if (call.endsWith('/oauth2/token')) return token;
  if (call.endsWith('/auth/login')) return { access_token: 'x', expires_in: 3600 };
  if (call.includes('GET /api/v3/datasets/')) return dataset;
  if (call.includes('POST /api/v')) return createJob(jobBody.parse(JSON.parse(body)).type);
  if (call.includes('GET /api/v4/jobs')) return [];
  if (call.includes('PATCH /api/v4/jobs/')) {
    jobs.set(call.split('/').at(-1) ?? '', update.parse(JSON.parse(body)).statusCode);
    return {};
  }
  if (call.endsWith('/datasetlifecycle')) return { archivable: true };
  if (call.includes('submission_id')) return { value: crypto.randomUUID() };
  if (call.includes('POST /v0.10/transfer')) return submit(body);
  if (call.includes('task_list')) return { total: 0, DATA: [] };
  if (call.includes('/task/')) return taskDocument(call.split('/').at(-1) ?? '');
  if (call === 'GET /counts') return { tasks: tasks.size, jobs: Object.fromEntries(jobs) };
  return {};
}

function submit(body: string) {
  const { label, submission_id: id, DATA } = submission.parse(JSON.parse(body));
  tasks.set(id, { label, files: DATA.length });
  return { code: 'Accepted', task_id: id };
}

function taskDocument(id: string) {
  const task = tasks.get(id);
  const files = task?.files ?? 0;
  const counts = { files, files_transferred: files, files_skipped: 0, bytes_transferred: files * fileBytes };
  return { task_id: id, status: 'SUCCEEDED', label: task?.label, faults: 0, ...counts };
}

function createJob(type: string) {
  const id = `${type}-${jobs.size}`;
  jobs.set(id, 'created');
  return { id };
}

const token = {
  access_token: 'x',
  expires_in: 172_800,
  resource_server: 'transfer.api.globus.org',
  other_tokens: [],
};

const dataset = {
  pid: '20.500/large',
  ownerGroup: 'p1',
  sourceFolder: '/data/p1/large',
  size: fileCount * fileBytes,
  numberOfFiles: fileCount,
};

async function sendList(response: ServerResponse): Promise<void> {
  response.writeHead(200, { 'Content-Type': 'application/json' });
  response.write('[');
  for (let from = 0; from < fileCount; from += perBlock) {
    const files = Array.from({ length: Math.min(perBlock, fileCount - from) }, (_, index) => ({
      path: `scan-${from / perBlock}/image_${from + index}.tif`,
      size: fileBytes,
      time: '2026-01-01T00:00:00.000Z',
      chk: 'd41d8cd98f00b204e9800998ecf8427e',
    }));
    const block = JSON.stringify({ _id: `${from}`, dataFileList: files, size: files.length * fileBytes });
    if (!response.write(`${from === 0 ? '' : ','}${block}`)) await once(response, 'drain');
  }
  response.end(']');
}
