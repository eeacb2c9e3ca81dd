// Reads a dataset's file list while SciCat sends it, some entries at a time.
import { z } from 'zod';
import { Unavailable } from '../../platform/unavailable.ts';
import type { DatasetEntry, FileListPart, PermanentRefusal } from '../types.ts';
import { listedEntry } from './answers.ts';
import { entryKindOf } from './entry-kind.ts';
import { ListScanner, UnusableList } from './list-scanner.ts';
import { outage } from './refusals.ts';

const entries = z.array(listedEntry);
/** A path has at most 4096 bytes; the rest is checksums and times. */
const maxElementBytes = 64 * 1024;

/**
 * What is no list at all, or is cut short, is not SciCat's: an outage. What is a list and cannot be used ends it.
 * @throws Unavailable, as whatever the parts throw.
 */
export async function* readFileList(
  parts: AsyncIterable<Buffer>,
  maxBytes: number,
): AsyncGenerator<FileListPart> {
  const scanner = new ListScanner({ key: 'dataFileList', maxElementBytes });
  let count = 0;
  try {
    for await (const part of parts) {
      const found = readEntries(scanner.take(part), count);
      count += found.length;
      if (found.length > 0) yield found;
    }
    scanner.end();
  } catch (cause) {
    yield unusable(cause, maxBytes);
  }
}

/** @param before how many files came before these: whoever mends one among a million has to find it. */
function readEntries(texts: readonly string[], before: number): readonly DatasetEntry[] {
  const found = entries.safeParse(texts.flatMap(parseList));
  if (found.success) return found.data.map(readEntry);
  const index = Number(found.error.issues[0]?.path[0] ?? 0);
  throw new UnusableList(`entry ${before + index + 1} of it, over all its blocks, has no path, or no size`);
}

function readEntry({ path, size, perm }: z.output<typeof listedEntry>): DatasetEntry {
  return { path, sizeBytes: size, kind: entryKindOf({ path, perm }) };
}

function parseList(text: string): readonly unknown[] {
  const list: unknown = JSON.parse(text);
  return Array.isArray(list) ? list : [];
}

/** @throws what is an outage. */
function unusable(cause: unknown, maxBytes: number): PermanentRefusal {
  if (cause instanceof UnusableList) return refusal(cause.message);
  if (cause instanceof Unavailable && cause.reason === 'too_large')
    return refusal(`it is longer than ${maxBytes} bytes`);
  if (!(cause instanceof SyntaxError)) throw cause;
  throw outage('bad_answer', 'scicat answered with a file list of another shape than expected');
}

function refusal(problem: string): PermanentRefusal {
  const message = `SciCat's file list of the dataset cannot be used: ${problem}`;
  return { kind: 'refused', code: 'file_list_unusable', message };
}
