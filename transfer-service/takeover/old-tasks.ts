// What Globus says of the tasks of the SciCat Globus Proxy: between which collections, under which label, and the paths
// of what has arrived, since a task's document does not name its own.
import { z } from 'zod';
import { type OutgoingAnswer, parseAnswer } from '../../platform/outgoing.ts';
import { type Call, createCaller, type GlobusOptions } from '../globus/client.ts';
import { refusalOf } from '../globus/refusals.ts';
import { isSuccess, pathSegment, succeeded } from '../globus/responses.ts';

export type OldTask = {
  readonly taskId: string;
  readonly status: string;
  readonly label: string;
  readonly sourceCollection: string;
  readonly destinationCollection: string;
  /** Epoch milliseconds, by Globus' clock. */
  readonly requestedAt: number;
};

export type SeenPath = { readonly source: string; readonly destination: string };

export type OldTasks = {
  /** Everything that is open, and everything that was asked for since then. */
  fetchSince(epochMs: number): Promise<readonly OldTask[]>;
  /** `undefined`: Globus knows no such task. */
  fetchOne(taskId: string): Promise<OldTask | undefined>;
  /** Of some files that have arrived; none where none has, or where Globus does not tell before the end. */
  fetchPaths(taskId: string): Promise<readonly SeenPath[]>;
};

export function createOldTasks(options: GlobusOptions): OldTasks {
  const { call } = createCaller(options);
  const get = (path: string) => call({ ...question, path });
  return {
    async fetchSince(epochMs) {
      const recent = `request_time:${new Date(epochMs).toISOString().slice(0, 10)},`;
      const lists = ['status:ACTIVE,INACTIVE', recent].map((filter) =>
        fetchList(get, `type:TRANSFER/${filter}`),
      );
      const tasks = (await Promise.all(lists)).flat();
      return [...new Map(tasks.map((task) => [task.taskId, task])).values()];
    },

    async fetchOne(taskId) {
      const answer = await get(`/task/${pathSegment(taskId)}?${new URLSearchParams({ fields })}`);
      if (isSuccess(answer)) return readTask(parseAnswer('globus', oldTask, answer));
      refusalOf(answer);
      return undefined;
    },

    async fetchPaths(taskId) {
      const answer = await get(`/task/${pathSegment(taskId)}/successful_transfers`);
      if (isSuccess(answer)) return parseAnswer('globus', oldPaths, answer).DATA.map(readPath);
      refusalOf(answer);
      return [];
    },
  };
}

const question = { method: 'GET', scopes: [], signal: undefined } as const satisfies Omit<Call, 'path'>;
const fields = 'task_id,status,label,request_time,source_endpoint_id,destination_endpoint_id';
const pageSize = 1000;
const maxPages = 100;

const oldTask = z.object({
  task_id: z.string().min(1),
  status: z.string(),
  label: z.string().nullish(),
  request_time: z.string(),
  source_endpoint_id: z.string().nullish(),
  destination_endpoint_id: z.string().nullish(),
});

const oldTasks = z.object({ total: z.number().int().nonnegative(), DATA: z.array(oldTask) });

const oldPaths = z.object({
  DATA: z.array(z.object({ source_path: z.string(), destination_path: z.string() })),
});

async function fetchList(get: (path: string) => Promise<OutgoingAnswer>, filter: string) {
  const tasks: OldTask[] = [];
  for (let page = 0; page < maxPages; page += 1) {
    const query = new URLSearchParams({ filter, fields, limit: `${pageSize}`, offset: `${tasks.length}` });
    const { DATA, total } = succeeded(await get(`/task_list?${query}`), oldTasks);
    tasks.push(...DATA.map(readTask));
    if (DATA.length === 0 || tasks.length >= total) break;
  }
  return tasks;
}

function readTask(task: z.output<typeof oldTask>): OldTask {
  return {
    taskId: task.task_id,
    status: task.status,
    label: task.label ?? '',
    sourceCollection: (task.source_endpoint_id ?? '').toLowerCase(),
    destinationCollection: (task.destination_endpoint_id ?? '').toLowerCase(),
    requestedAt: Date.parse(task.request_time),
  };
}

/** The old service joined a folder and a file with a slash, whether the folder ended in one or not. */
function readPath(path: z.output<typeof oldPaths>['DATA'][number]): SeenPath {
  const withoutDoubleSlashes = (text: string) => text.replace(/\/{2,}/g, '/');
  return {
    source: withoutDoubleSlashes(path.source_path),
    destination: withoutDoubleSlashes(path.destination_path),
  };
}
