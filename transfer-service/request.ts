// What a client sends -> what it asks for, or what is wrong with it in words. Pure.
import { z } from 'zod';
import { repeatsAKey } from '../platform/json-keys.ts';
import { cutLists } from './body-pieces.ts';
import type { RequestRefusal } from './refusals.ts';
import type { RequestedFile, Slices, TransferRequest } from './types.ts';
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
      autoArchive: autoArchive === 'true',
    },
  };
}

/**
 * The text of a body, whatever `Content-Type` says: it is read as JSON or not at all.
 * @param contentEncoding the header: what is compressed is not unpacked, since a few bytes can become a great many.
 */
export function readBodyText(bytes: ArrayBuffer, contentEncoding: string | undefined): Read<string> {
  if (contentEncoding !== undefined && contentEncoding.toLowerCase() !== 'identity')
    return bodyRefusal('is compressed; send it as it is');
  try {
    return { kind: 'read', value: utf8.decode(bytes) };
  } catch {
    // Read with replacement characters, it would name other files.
    return bodyRefusal('is no UTF-8');
  }
}

const utf8 = new TextDecoder('utf-8', { fatal: true });

function bodyRefusal(problem: string): RequestRefusal {
  return { kind: 'refused', reason: 'body_invalid', where: '', problem };
}

/** An empty body, and one without a list, mean the whole source folder. */
export function* readTransferBody(text: string): Slices<Read<TransferRequest['files']>> {
  if (text.trim() === '') return { kind: 'read', value: undefined };
  const files: RequestedFile[] = [];
  const pieces = cutLists(text);
  let problem: RequestRefusal | undefined;
  let piece = pieces.next();
  for (; !piece.done; piece = pieces.next()) {
    const read = problem ?? readJson(piece.value, fileListSchema, ['fileList', files.length]);
    if (read.kind === 'refused') problem = read;
    else files.push(...read.value);
    yield;
  }
  const frame = readJson(piece.value, transferBodySchema);
  const refusal = frame.kind === 'refused' ? frame : problem;
  if (refusal !== undefined) return refusal;
  const hasList = frame.kind === 'read' && Array.isArray(frame.value?.fileList);
  return { kind: 'read', value: hasList ? files : undefined };
}

/** @param place of the text in the body, where it is a list with some of the entries: its key, and the first one's number. */
function readJson<Schema extends z.ZodType>(
  text: string,
  schema: Schema,
  place?: readonly [key: string, first: number],
): Read<z.output<Schema>> {
  const json = parseBody(text);
  if (json === undefined) return bodyRefusal('no valid JSON');
  if (repeatsAKey(text)) return bodyRefusal('has a key twice');
  const parsed = schema.safeParse(json.value);
  if (parsed.success) return { kind: 'read', value: parsed.data };
  const [issue] = parsed.error.issues;
  const path = issue?.path ?? [];
  const where = place === undefined ? path : [place[0], place[1] + Number(path[0]), ...path.slice(1)];
  return {
    kind: 'refused',
    reason: 'body_invalid',
    where: where.join('.'),
    problem: issue?.message ?? 'not as expected',
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
  return { kind: 'read', value: { deleteJob: parsed.value.delete === 'true' } };
}

/** `?attempt`: the number of the attempt that is to begin. */
export function readRetryQuery(query: Query): Read<{ readonly attempt: number | undefined }> {
  const parsed = readQuery(retryQuerySchema, query);
  if (parsed.kind === 'refused') return parsed;
  return { kind: 'read', value: { attempt: parsed.value.attempt } };
}

const text = z.string({ error: 'is missing' }).min(1, 'is empty').max(4096, 'is too long');
const flag = z.enum(['true', 'false'], 'write true or false').default('false');
const count = z
  .string()
  .regex(/^\d{1,9}$/, 'write a whole number')
  .transform(Number);

export const transferQuerySchema = z.object({
  sourceFacility: text,
  destFacility: text,
  scicatPid: text,
  collectionRootPath: text,
  autoArchive: flag,
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

export const cancelQuerySchema = z.object({ delete: flag });

const fileListSchema = z.array(z.strictObject({ path: z.string(), isSymlink: z.boolean().default(false) }));

/** Go's clients write an empty list as null. */
export const transferBodySchema = z.strictObject({ fileList: fileListSchema.nullish() }).nullable();

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

function parseBody(body: string): { readonly value: unknown } | undefined {
  try {
    return { value: JSON.parse(body) };
  } catch {
    return undefined; // The text of the error would quote the body.
  }
}
