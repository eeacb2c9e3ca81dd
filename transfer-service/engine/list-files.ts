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
import { ListedFolders, parentOf } from './listed-folders.ts';
import { relativePath } from './listed-path.ts';
import { isStillAllowed } from './submit.ts';
import type { Transfer } from './types.ts';

export async function listFiles(context: EngineContext, transfer: Transfer): Promise<void> {
  if (!(await isStillAllowed(context, transfer))) return;
  const list = new ListedItems(context, transfer);
  let outcome = await readList(context, transfer, list);
  if (outcome === 'doubtful') {
    outcome = await readList(context, transfer, new ListedItems(context, transfer, list.folders));
  }
  if (typeof outcome === 'string') return;
  if ('problem' in outcome) return refuse(context, transfer, outcome.problem);
  const { listed } = outcome;
  const event = { kind: 'files_listed', detail: { files: listed.files, bytes: listed.bytes } } as const;
  await writeChange(context.store, transfer, { listed, event }, context.clock.now());
}

type Outcome =
  | { readonly listed: ListedItems['listed'] }
  | { readonly problem: string }
  /** The list does not say which entries are folders: it is read once more, with those that it implies. */
  | 'doubtful'
  | 'cancelled';

async function readList(
  { store, scicat, signal }: EngineContext,
  transfer: Transfer,
  list: ListedItems,
): Promise<Outcome> {
  await deleteList(store, transfer.id);
  const entries = await scicat.fetchFiles(transfer.authorised.pid, signal);
  for await (const part of entries ?? []) {
    const chunks = list.chunks;
    const problem = 'kind' in part ? part.message : await list.add(part);
    if (problem !== undefined) return { problem };
    // It may take hours to its end, and nobody wants it any more: the next step sees to that.
    if (list.chunks > chunks && (await isToBeCancelled(store, transfer))) return 'cancelled';
  }
  if (list.isDoubtful) return 'doubtful';
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
  readonly folders: ListedFolders;
  readonly #context: EngineContext;
  readonly #transfer: Transfer;
  readonly #knowsFolders: boolean;
  readonly #digest = new ListDigest();
  readonly #items = new ItemsWriter();
  /** Listed folders that nothing has been seen in so far. */
  readonly #empty = new Set<string>();
  #isDoubtful = false;
  #chunks = 0;
  #files = 0;
  #bytes = 0;

  /** @param folders that the list implies, where it was read before. */
  constructor(context: EngineContext, transfer: Transfer, folders?: ListedFolders) {
    this.#context = context;
    this.#transfer = transfer;
    this.#knowsFolders = folders !== undefined;
    this.folders = folders ?? new ListedFolders();
  }

  get chunks(): number {
    return this.#chunks;
  }

  get isDoubtful(): boolean {
    return this.#isDoubtful;
  }

  get listed() {
    return { files: this.#files, bytes: this.#bytes, digest: this.#digest.text };
  }

  /** @returns what is wrong with one of the entries, in words. */
  async add(entries: readonly DatasetEntry[]): Promise<string | undefined> {
    for (const entry of entries) {
      const path = relativePath(entry.path, this.#transfer.authorised.datasetFolder);
      if (path === undefined) continue;
      const problem = problemOf(path, 'relative');
      if (problem !== undefined) return `SciCat lists a file whose path cannot be used (${problem})`;
      this.#digest.add(path);
      this.#noteParents(path);
      if (entry.kind === 'unknown' && !this.#knowsFolders) this.#isDoubtful = true;
      if (!this.#isDoubtful) await this.#addEntry(entry, path);
    }
    return undefined;
  }

  async finish(): Promise<void> {
    for (const path of this.#empty) await this.#addItem('folder', path);
    await this.#flush();
  }

  #noteParents(path: string): void {
    if (!this.#knowsFolders) this.folders.addParentsOf(path);
    for (let folder = parentOf(path); folder !== '' && this.#empty.size > 0; folder = parentOf(folder))
      this.#empty.delete(folder);
  }

  async #addEntry({ kind, sizeBytes }: DatasetEntry, path: string): Promise<void> {
    // A folder that others lie in arrives with these. A link is not moved: what it leads to may be anybody's.
    if (kind === 'symlink' || (kind !== 'file' && this.folders.has(path))) return;
    if (kind === 'folder') {
      this.#empty.add(path);
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
