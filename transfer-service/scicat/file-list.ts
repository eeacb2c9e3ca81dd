// A dataset's file list as SciCat sends it -> its files, some at a time, while it comes in.
import { z } from 'zod';
import type { Unavailable } from '../../platform/unavailable.ts';
import type { DatasetFile } from '../types.ts';
import { listedFile } from './answers.ts';
import { ListScanner } from './list-scanner.ts';
import { outage } from './refusals.ts';

const files = z.array(listedFile);
/** A path has at most 4096 bytes; the rest is checksums and times. */
const maxElementBytes = 64 * 1024;

/** @throws Unavailable `bad_answer` where it is not what SciCat sends, and whatever the parts throw. */
export async function* readFileList(parts: AsyncIterable<Buffer>): AsyncGenerator<readonly DatasetFile[]> {
  const scanner = new ListScanner({ key: 'dataFileList', maxElementBytes });
  for await (const part of parts) {
    const found = readFiles(scanner, part);
    if (found.length > 0) yield found;
  }
  strict(() => scanner.end());
}

function readFiles(scanner: ListScanner, part: Buffer): readonly DatasetFile[] {
  const found = files.safeParse(strict(() => scanner.take(part).flatMap(parseList)));
  if (!found.success) throw badList();
  return found.data.map(({ path, size }) => ({ path, sizeBytes: size }));
}

function parseList(text: string): readonly unknown[] {
  const list: unknown = JSON.parse(text);
  return Array.isArray(list) ? list : [];
}

function strict<Result>(read: () => Result): Result {
  try {
    return read();
  } catch (cause) {
    if (cause instanceof SyntaxError) throw badList();
    throw cause;
  }
}

function badList(): Unavailable {
  return outage('bad_answer', 'scicat answered with a file list of another shape than expected');
}
