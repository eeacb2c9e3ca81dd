// What has become of the tasks in flight: one list of all open tasks, and a question by id only for those that have
// left it. What was learned is written even where one of the questions fails.
import pLimit from 'p-limit';
import {
  type ActiveTask,
  findActiveTasks,
  hasActiveTasks,
  type TaskNews,
  writeNews,
} from '../store/tasks.ts';
import type { GlobusTask } from '../types.ts';
import type { EngineContext } from './context.ts';
import type { Lookups } from './lookups.ts';
import { ageOf, isProgress, newsOf } from './news.ts';

/** @throws Unavailable after what could be learned is written. */
export async function poll(
  context: EngineContext,
  { lookups, tell }: Pick<Lesson, 'lookups' | 'tell'>,
): Promise<void> {
  const { store, globus, signal } = context;
  lookups.beginRound();
  if (!(await hasActiveTasks(store))) return;
  const open = new Map((await globus.fetchOpenTasks(signal)).map((task) => [task.taskId, task]));
  const failures: unknown[] = [];
  for await (const active of findActiveTasks(store)) {
    failures.push(...(await learn(context, { active, open, lookups, tell })));
  }
  if (failures.length > 0) throw failures[0];
}

type Lesson = {
  readonly active: readonly ActiveTask[];
  readonly open: ReadonlyMap<string, GlobusTask>;
  readonly lookups: Lookups;
  readonly tell: (news: readonly TaskNews[]) => void;
};

/** @returns why some could not be asked about. */
async function learn(
  context: EngineContext,
  { active, open, lookups, tell }: Lesson,
): Promise<readonly unknown[]> {
  const { store, clock } = context;
  const listed = active.flatMap((known) => {
    const task = open.get(known.taskId);
    return task === undefined ? [] : [lessonOf(context, known, task)];
  });
  const left = await Promise.allSettled(
    active.filter(({ taskId }) => !open.has(taskId)).map((known) => askLimit(() => ask(context, known))),
  );
  const asked = left.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
  const told = [];
  for (const { known, task, news } of [...listed, ...asked]) {
    told.push({ known, news: await lookups.enrich(context, news, task) });
  }
  const changed = told.filter(({ known, news }) => isProgress(known, news));
  const news = changed.map((one) => one.news);
  await writeNews(store, news, clock.now());
  for (const one of changed) {
    context.onBytes(one.news.progress.bytesTransferred - one.known.progress.bytesTransferred);
  }
  tell(news);
  return left.flatMap((result) => (result.status === 'rejected' ? [result.reason] : []));
}

/** Globus allows some 20 requests a second. */
const askLimit = pLimit(8);

async function ask(context: EngineContext, known: ActiveTask) {
  return lessonOf(context, known, await context.globus.fetchTask(known.taskId, context.signal));
}

function lessonOf(context: EngineContext, known: ActiveTask, task: GlobusTask | undefined) {
  return { known, task, news: newsOf(known, task, ageOf(known, context)) };
}
