// Reads the body of `POST /transfer` while it comes in: a file list of 400,000 entries is some 64 MB of JSON.
import { z } from 'zod';
import { repeatsAKey } from '../platform/json-keys.ts';
import { ListCutter, PartTooLong } from './body-pieces.ts';
import type { RequestRefusal } from './refusals.ts';
import type { RequestedFile, Slices, TransferRequest } from './types.ts';

type Read<Value> = { readonly kind: 'read'; readonly value: Value } | RequestRefusal;

export type ReadFiles = Read<TransferRequest['files']>;

const fileListSchema = z.array(z.object({ path: z.string(), isSymlink: z.boolean().default(false) }));

/** Go's clients write an empty list as null. Keys that are not ours are ignored, as the SciCat Globus Proxy did. */
export const transferBodySchema = z.looseObject({ fileList: fileListSchema.nullish() }).nullable();

/** How much is decoded and parsed at a time: less than a millisecond's work. */
const sliceBytes = 64 * 1024;

/** The bytes of one body in their order, then `end`. */
export class TransferBodyReader {
  readonly #decoder = new TextDecoder('utf-8', { fatal: true });
  readonly #cutter = new ListCutter('fileList');
  readonly #files: RequestedFile[] = [];
  #problem: RequestRefusal | undefined;
  #isUnreadable = false;

  /** Problems are returned by `end`, after the rest of the body has been read. */
  *add(bytes: Uint8Array): Slices<void> {
    for (let at = 0; at < bytes.length; at += sliceBytes) {
      this.#addText(() => this.#decoder.decode(bytes.subarray(at, at + sliceBytes), { stream: true }));
      yield;
    }
  }

  /** An empty body, and one without a list, mean the whole source folder. */
  end(): ReadFiles {
    this.#addText(() => this.#decoder.decode());
    const text = this.#cutter.end();
    if (this.#problem === undefined && text.trim() === '') return { kind: 'read', value: undefined };
    if (this.#isUnreadable) return this.#problem ?? bodyRefusal('no valid JSON');
    const frame = readJson(text, transferBodySchema);
    if (frame.kind === 'refused') return frame;
    if (this.#problem !== undefined) return this.#problem;
    const body = frame.value ?? {};
    const misspelt = Object.keys(body).find((key) => /^filelist$/i.test(key) && key !== 'fileList');
    // Go reads keys in any case: ignored, it would be the whole folder instead of some files.
    if (misspelt !== undefined) return bodyRefusal(`write fileList, not ${misspelt}`);
    const { fileList } = body;
    // Under an escaped spelling of its key the list is still in the frame.
    return { kind: 'read', value: fileList == null ? undefined : [...this.#files, ...fileList] };
  }

  #addText(decode: () => string): void {
    if (this.#isUnreadable) return;
    try {
      for (const piece of this.#cutter.add(decode())) this.#addPiece(piece);
    } catch (error) {
      this.#problem = problemOf(error);
      this.#isUnreadable = true;
    }
  }

  #addPiece(piece: string): void {
    if (this.#problem !== undefined) return;
    const read = readJson(piece, fileListSchema, ['fileList', this.#files.length]);
    if (read.kind === 'refused') this.#problem = read;
    else for (const file of read.value) this.#files.push(file);
  }
}

/** @throws what is a bug. */
function problemOf(error: unknown): RequestRefusal {
  if (error instanceof PartTooLong) return bodyRefusal('has an entry that is too long to be a path');
  // Read with replacement characters, it would name other files.
  if (error instanceof TypeError && 'code' in error && error.code === 'ERR_ENCODING_INVALID_ENCODED_DATA')
    return bodyRefusal('is no UTF-8');
  throw error;
}

export function bodyRefusal(problem: string): RequestRefusal {
  return { kind: 'refused', reason: 'body_invalid', where: '', problem };
}

/** @param place of the text in the body, where it is a list with some of the entries: its key, and the first one's number. */
function readJson<Schema extends z.ZodType>(
  text: string,
  schema: Schema,
  place?: readonly [key: string, first: number],
): Read<z.output<Schema>> {
  const json = parse(text);
  if (json === undefined) return bodyRefusal('no valid JSON');
  if (repeatsAKey(text)) return bodyRefusal('has a key twice');
  const parsed = schema.safeParse(json.value);
  if (parsed.success) return { kind: 'read', value: parsed.data };
  const [issue] = parsed.error.issues;
  const path = issue?.path ?? [];
  const where = place === undefined ? path : [place[0], place[1] + Number(path[0]), ...path.slice(1)];
  const problem = issue?.message ?? 'not as expected';
  return { kind: 'refused', reason: 'body_invalid', where: where.join('.'), problem };
}

function parse(text: string): { readonly value: unknown } | undefined {
  try {
    return { value: JSON.parse(text) };
  } catch {
    return undefined; // The text of the error would quote the body.
  }
}
