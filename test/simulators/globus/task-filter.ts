// The task list's filter: `name:value,value/name:value`. A name that Globus does not know is refused, not ignored.
import { badRequest } from './refusals.ts';
import type { Task } from './task.ts';

export type TaskFilter = { readonly name: string; readonly values: readonly string[] };

const tests: Readonly<Record<string, (task: Task, value: string) => boolean>> = {
  type: (_, value) => value === 'TRANSFER',
  status: (task, value) => task.status === value,
  task_id: (task, value) => task.taskId === value,
  label: (task, value) => matchesLabel(task.submission.label ?? '', value),
};

/** `request_time:from,to`, either of them empty: no list of values, as the others are. */
function isRequestedWithin({ requestTimeMs }: Task, [from = '', to = '']: readonly string[]): boolean {
  return (from === '' || requestTimeMs >= Date.parse(from)) && (to === '' || requestTimeMs <= Date.parse(to));
}

const known: Readonly<Record<string, readonly string[]>> = {
  type: ['TRANSFER', 'DELETE'],
  status: ['ACTIVE', 'INACTIVE', 'SUCCEEDED', 'FAILED'],
};

/** @throws TransferRefusal 400 */
export function parseFilters(texts: readonly string[]): readonly TaskFilter[] {
  const clauses = texts.flatMap((text) => text.split('/')).filter((clause) => clause !== '');
  return clauses.map((clause) => {
    const at = clause.indexOf(':');
    const name = clause.slice(0, Math.max(at, 0));
    const values = clause.slice(at + 1).split(',');
    if (name === 'request_time') return readTimes(clause, values);
    if (!(name in tests)) throw badRequest(`Invalid filter '${clause}'`);
    const wrong = values.find((value) => known[name] !== undefined && !known[name].includes(value));
    if (wrong !== undefined) throw badRequest(`Invalid value '${wrong}' in filter '${name}'`);
    return { name, values };
  });
}

export function matchesFilter(task: Task, filters: readonly TaskFilter[]): boolean {
  return filters.every(({ name, values }) =>
    name === 'request_time'
      ? isRequestedWithin(task, values)
      : values.some((value) => tests[name]?.(task, value)),
  );
}

function readTimes(clause: string, values: readonly string[]): TaskFilter {
  const areTimes = values.every((value) => value === '' || !Number.isNaN(Date.parse(value)));
  if (values.length !== 2 || !areTimes) throw badRequest(`Invalid filter '${clause}'`);
  return { name: 'request_time', values };
}

/** Exactly, or with a leading `~` as a pattern in which `*` stands for anything, whatever the case. */
function matchesLabel(label: string, value: string): boolean {
  if (!value.startsWith('~')) return label === value;
  const pattern = value.slice(1).split('*').map(RegExp.escape).join('.*');
  return new RegExp(`^${pattern}$`, 'i').test(label);
}
