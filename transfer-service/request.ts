// Reads the query of a request: what it asks for, or what is wrong with it in words. Pure.
import { z } from 'zod';
import type { RequestRefusal } from './refusals.ts';
import type { TransferRequest } from './types.ts';
import type { ClientStatus } from './view.ts';
import { clientStatuses } from './view.ts';

type Read<Value> = { readonly kind: 'read'; readonly value: Value } | RequestRefusal;

/** Every value of each parameter: a parameter that is there twice would be read differently by different readers. */
export type Query = Readonly<Record<string, readonly string[]>>;

/** Parameters that are not ours are let be: clients of the SciCat Globus Proxy were free to send them. */
export function readTransferQuery(query: Query): Read<Omit<TransferRequest, 'files'>> {
  const parsed = readQuery(transferQuerySchema, query);
  if (parsed.kind === 'refused') return parsed;
  const { sourceFacility, destFacility, scicatPid, collectionRootPath, autoArchive } = parsed.value;
  return {
    kind: 'read',
    value: {
      sourceFacility,
      destinationFacility: destFacility,
      pid: scicatPid,
      collectionRootPath,
      autoArchive,
    },
  };
}

export type ListQuery = {
  readonly statuses: readonly ClientStatus[] | undefined;
  readonly pid: string | undefined;
  readonly limit: number;
  readonly offset: number;
};

export function readListQuery(query: Query): Read<ListQuery> {
  const parsed = readQuery(listQuerySchema, query);
  if (parsed.kind === 'refused') return parsed;
  const { status, scicatPid, limit, offset } = parsed.value;
  return { kind: 'read', value: { statuses: status, pid: scicatPid, limit, offset } };
}

/** `?delete`: whether the SciCat job is to go as well. */
export function readCancelQuery(query: Query): Read<{ readonly deleteJob: boolean }> {
  const parsed = readQuery(cancelQuerySchema, query);
  if (parsed.kind === 'refused') return parsed;
  return { kind: 'read', value: { deleteJob: parsed.value.delete } };
}

/** `?attempt`: the number of the attempt that is to begin. */
export function readRetryQuery(query: Query): Read<{ readonly attempt: number | undefined }> {
  const parsed = readQuery(retryQuerySchema, query);
  if (parsed.kind === 'refused') return parsed;
  return { kind: 'read', value: { attempt: parsed.value.attempt } };
}

const text = z.string({ error: 'is missing' }).min(1, 'is empty').max(4096, 'is too long');
/** Go's strconv.ParseBool, by which the SciCat Globus Proxy read them. */
const flag = z
  .enum(
    ['1', 't', 'T', 'true', 'True', 'TRUE', '0', 'f', 'F', 'false', 'False', 'FALSE'],
    'write true or false',
  )
  .transform((text) => /^[1tT]/.test(text));
const count = z
  .string()
  .regex(/^\d{1,9}$/, 'write a whole number')
  .transform(Number);

export const transferQuerySchema = z.object({
  sourceFacility: text,
  destFacility: text,
  scicatPid: text,
  collectionRootPath: text,
  autoArchive: flag.default(true),
});

const statusList = z
  .string()
  .transform((list) => list.split(','))
  .pipe(z.array(z.enum(clientStatuses, `write some of ${clientStatuses.join(', ')}`)));

export const listQuerySchema = z.object({
  status: statusList.optional(),
  scicatPid: text.optional(),
  limit: count.pipe(z.number().min(1, 'at least 1').max(500, 'at most 500')).default(50),
  offset: count.default(0),
});

export const retryQuerySchema = z.object({
  attempt: count
    .pipe(z.number().min(2, 'at least 2: the first attempt is what POST /transfer begins'))
    .optional(),
});

export const cancelQuerySchema = z.object({ delete: flag.default(false) });

function readQuery<Schema extends z.ZodObject>(schema: Schema, query: Query): Read<z.output<Schema>> {
  const names = Object.keys(schema.shape).filter((name) => Object.hasOwn(query, name));
  const repeated = names.find((name) => query[name]?.length !== 1);
  if (repeated !== undefined) return queryRefusal(repeated, 'is there more than once');
  const parsed = schema.safeParse(Object.fromEntries(names.map((name) => [name, query[name]?.[0]])));
  if (parsed.success) return { kind: 'read', value: parsed.data };
  const [issue] = parsed.error.issues;
  return queryRefusal(String(issue?.path[0] ?? ''), issue?.message ?? 'not as expected');
}

function queryRefusal(parameter: string, problem: string): RequestRefusal {
  return { kind: 'refused', reason: 'query_invalid', parameter, problem };
}
