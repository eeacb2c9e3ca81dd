// Replaces a folder of very many files by SciCat's list of them, read while it comes in and stored in chunks, each a
// Globus task of its own. A list that was interrupted is read again from its beginning.
import { problemOf } from '../path-text.ts';
import { writeChange } from '../store/change.ts';
import { ItemsWriter } from '../store/items-text.ts';
import { deleteList, storeListedChunk } from '../store/list-items.ts';
import { findTransfer } from '../store/read.ts';
import type { Store } from '../store/schema.ts';
import type { DatasetEntry, TransferItem } from '../types.ts';
import { end } from './conclude.ts';
import type { EngineContext } from './context.ts';
import { ListDigest } from './list-digest.ts';
import { type ListedFolders, ListReading, parentOf } from './listed-folders.ts';
import { isStillAllowed } from './submit.ts';
import type { Transfer } from './types.ts';

export async function listFiles(context: EngineContext, transfer: Transfer): Promise<void> {
  if (!(await isStillAllowed(context, transfer))) return;
  const outcome = await readList(context, transfer);
  if (outcome === 'cancelled') return;
  if ('problem' in outcome) return refuse(context, transfer, outcome.problem);
  const { listed } = outcome;
  const event = { kind: 'files_listed', detail: { files: listed.files, bytes: listed.bytes } } as const;
  await writeChange(context.store, transfer, { listed, event }, context.clock.now());
}

type Outcome = { readonly listed: ListedItems['listed'] } | { readonly problem: string } | 'cancelled';

/** @param folders that the list implies: one that does not say which entries are folders is read once more, with these. */
async function readList(
  context: EngineContext,
  transfer: Transfer,
  folders?: ListedFolders,
): Promise<Outcome> {
  const { store, scicat, signal } = context;
  const list = new ListedItems(context, transfer, folders);
  await deleteList(store, transfer.id);
  const entries = await scicat.fetchFiles(transfer.authorised.pid, signal);
  for await (const part of entries ?? []) {
    const chunks = list.chunks;
    const problem = 'kind' in part ? part.message : await list.add(part);
    if (problem !== undefined) return { problem };
    // It may take hours to its end, and nobody wants it any more: the next step sees to that.
    if (list.chunks > chunks && (await isToBeCancelled(store, transfer))) return 'cancelled';
  }
  if (list.doubtful !== undefined) return readList(context, transfer, list.doubtful);
  await list.finish();
  return list.chunks === 0 ? { problem: 'SciCat lists no files for the dataset' } : { listed: list.listed };
}

async function isToBeCancelled(store: Store, { id }: Transfer): Promise<boolean> {
  const cancel = (await findTransfer(store, id))?.cancel;
  return cancel?.requestedAt !== undefined && cancel.problem === undefined;
}

function refuse(context: EngineContext, transfer: Transfer, problem: string): Promise<void> {
  const message = `${problem}. Mend that in SciCat, then retry the transfer`;
  return end(context, transfer, { state: 'failed', reason: 'file_list_invalid', message });
}

/** Turns entries into items and stores these chunk by chunk; what is not stored yet is less than a chunk. */
class ListedItems {
  readonly #context: EngineContext;
  readonly #transfer: Transfer;
  readonly #reading: ListReading;
  readonly #digest = new ListDigest();
  readonly #items = new ItemsWriter();
  /** Listed folders that nothing has been seen in so far. */
  readonly #empty = new Set<string>();
  #chunks = 0;
  #files = 0;
  #bytes = 0;

  /** @param folders that the list implies, where it was read before. */
  constructor(context: EngineContext, transfer: Transfer, folders?: ListedFolders) {
    this.#context = context;
    this.#transfer = transfer;
    this.#reading = new ListReading(transfer.authorised.datasetFolder, folders);
  }

  get chunks(): number {
    return this.#chunks;
  }

  /** See ListReading: from then on nothing is stored, since the list has to be read again. */
  get doubtful(): ListedFolders | undefined {
    return this.#reading.doubtful;
  }

  get listed() {
    return { files: this.#files, bytes: this.#bytes, digest: this.#digest.text };
  }

  /** @returns what is wrong with one of the entries, in words. */
  async add(entries: readonly DatasetEntry[]): Promise<string | undefined> {
    for (const entry of entries) {
      const read = this.#reading.read(entry);
      if (read === undefined) continue;
      const { path, kind } = read;
      const problem = problemOf(path, 'relative');
      if (problem !== undefined) return `SciCat lists a file whose path cannot be used (${problem})`;
      this.#digest.add(path);
      this.#dropParents(path);
      if (this.doubtful === undefined) await this.#addEntry({ path, kind, sizeBytes: entry.sizeBytes });
    }
    return undefined;
  }

  async finish(): Promise<void> {
    for (const path of this.#empty) await this.#addItem('folder', path);
    await this.#flush();
  }

  #dropParents(path: string): void {
    for (let folder = parentOf(path); folder !== '' && this.#empty.size > 0; folder = parentOf(folder))
      this.#empty.delete(folder);
  }

  async #addEntry({ path, kind, sizeBytes }: DatasetEntry): Promise<void> {
    // A link is not moved: what it leads to may be anybody's.
    if (kind === 'symlink') return;
    if (kind === 'folder') {
      // One that others lie in arrives with these.
      if (!this.#reading.holdsOthers(path)) this.#empty.add(path);
      return;
    }
    this.#files += 1;
    this.#bytes += sizeBytes;
    // Without a kind it may also be an empty folder.
    await this.#addItem(kind === 'unknown' ? 'entry' : 'file', path);
  }

  async #addItem(kind: TransferItem['kind'], path: string): Promise<void> {
    const { sourceFolder, destinationFolder } = this.#transfer.authorised;
    const sourcePath = `${sourceFolder}/${path}`;
    const destinationPath = `${destinationFolder}/${path}`;
    this.#items.add({ kind, sourcePath, destinationPath });
    if (this.#items.count === this.#context.settings.itemsPerTask) await this.#flush();
  }

  async #flush(): Promise<void> {
    if (this.#items.count === 0) return;
    const items = this.#items.take();
    const { id: transferId, attempt } = this.#transfer;
    await storeListedChunk(this.#context.store, { transferId, attempt, index: this.#chunks, items });
    this.#chunks += 1;
  }
}
