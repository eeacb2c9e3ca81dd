// An error event of a task, whose details are written for people -> which collection, which path, reading or writing. Pure.
// See https://docs.globus.org/api/transfer/task_events
import { z } from 'zod';
import { parseJson } from '../../platform/outgoing.ts';
import type { EventAnswer } from './answers.ts';
import type { TaskError } from './task-report.ts';

export function readTaskError({ code, description, details }: EventAnswer): TaskError {
  return { code, description, ...(readContext(details) ?? readLines(details)) };
}

type Place = Pick<TaskError, 'collection' | 'path' | 'isWrite'>;

/** `Endpoint: NAME (UUID)`, `File: PATH`, `Command: RETR PATH`, each on a line of its own. */
function readLines(details: string): Place {
  const collection = /^Endpoint: .*\(([0-9a-f-]{36})\)\s*$/im.exec(details)?.[1];
  const command = /^Command: ([A-Z]+)(?: (.*))?$/m.exec(details);
  const path = /^File: (.+)$/m.exec(details)?.[1] ?? command?.[2];
  return {
    collection: collection?.toLowerCase(),
    path: path?.trim(),
    isWrite: writes.get(command?.[1] ?? ''),
  };
}

/** Commands of GridFTP. */
const writes: ReadonlyMap<string, boolean> = new Map([
  ...['RETR', 'ERET', 'MLST', 'MLSD', 'MLSR', 'STAT', 'SIZE', 'CKSM'].map((name) => [name, false] as const),
  ...['STOR', 'ESTO', 'MKD', 'DELE', 'RNFR', 'RNTO', 'MFMT'].map((name) => [name, true] as const),
]);

const text = z.string().min(1).optional().catch(undefined);
const fields = {
  ...{ path: text, src_path: text, source_path: text, file: text },
  ...{ dst_path: text, destination_path: text, endpoint: text, endpoint_id: text, collection_id: text },
};
const place = z.object(fields);
const context = place.extend({ context: z.array(place.catch({})).optional().catch(undefined) });

/** Some details are JSON: what was done, in steps, and what came of it. */
function readContext(details: string): Place | undefined {
  const parsed = context.safeParse(parseJson(details));
  if (!parsed.success) return undefined;
  const places = [...(parsed.data.context ?? []), parsed.data];
  const first = (...names: readonly (keyof z.output<typeof place>)[]) =>
    places.flatMap((one) => names.flatMap((name) => one[name] ?? [])).at(0);
  const source = first('path', 'src_path', 'source_path', 'file');
  const id = first('endpoint_id', 'collection_id', 'endpoint');
  return {
    collection: id !== undefined && /^[0-9a-f-]{36}$/i.test(id) ? id.toLowerCase() : undefined,
    path: source ?? first('dst_path', 'destination_path'),
    isWrite: undefined,
  };
}
