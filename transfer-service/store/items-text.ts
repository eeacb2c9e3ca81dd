// Items as they are stored: one text for a chunk, of the kind and the two paths of each. A list of thousands is written
// and read as text alone, never as thousands of objects that live together. Pure.
import type { TransferItem } from '../types.ts';
import { damaged, oneOf } from './stored-words.ts';

export type ItemsText = { readonly count: number; readonly text: string };

export class ItemsWriter {
  #count = 0;
  #texts: string[] = [];
  #latest: string[] = [];

  get count(): number {
    return this.#count;
  }

  add({ kind, sourcePath, destinationPath }: TransferItem): void {
    this.#count += 1;
    this.#latest.push(JSON.stringify([kind, sourcePath, destinationPath]));
    if (this.#latest.length === joinedAtOnce) this.#join();
  }

  /** What was added, and begins anew. */
  take(): ItemsText {
    this.#join();
    const taken = { count: this.#count, text: `[${this.#texts.join(',')}]` };
    this.#texts = [];
    this.#count = 0;
    return taken;
  }

  #join(): void {
    if (this.#latest.length > 0) this.#texts.push(this.#latest.join(','));
    this.#latest = [];
  }
}

const joinedAtOnce = 100;

export function renderItems(items: Iterable<TransferItem>): ItemsText {
  const writer = new ItemsWriter();
  for (const item of items) writer.add(item);
  return writer.take();
}

/** One after the other. */
export function* parseItems(text: string): Generator<TransferItem> {
  if (text === '[]') return;
  const item = /[[,](\["[a-z]+"(?:,"(?:[^"\\]|\\.)*"){2}\])/y;
  while (item.lastIndex < text.length - 1) {
    const found = item.exec(text)?.[1];
    if (found === undefined) throw damaged('an item');
    yield parseItem(found);
  }
  if (!text.endsWith(']]')) throw damaged('a list');
}

function parseItem(text: string): TransferItem {
  const item: unknown = JSON.parse(text);
  const [kind, sourcePath, destinationPath] = Array.isArray(item) ? item : [];
  if (typeof sourcePath !== 'string' || typeof destinationPath !== 'string') throw damaged('an item');
  return { kind: oneOf(itemKinds, String(kind)), sourcePath, destinationPath };
}

const itemKinds: readonly TransferItem['kind'][] = ['file', 'entry', 'folder', 'symlink'];
