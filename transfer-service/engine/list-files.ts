// A folder of very many files becomes SciCat's list of them, read as it comes in and stored in chunks, each a task of
// its own. What is stored of a list that was interrupted is read again from its beginning.
import { problemOf } from '../path-text.ts';
import { writeChange } from '../store/change.ts';
import { ItemsWriter } from '../store/items-text.ts';
import { deleteList, storeListedChunk } from '../store/list-items.ts';
import { findTransfer } from '../store/read.ts';
import type { Store } from '../store/schema.ts';
import type { DatasetFile } from '../types.ts';
import { end } from './conclude.ts';
import type { EngineContext } from './context.ts';
import { ListDigest } from './list-digest.ts';
import { relativePath } from './listed-path.ts';
import { isStillAllowed } from './submit.ts';
import type { Transfer } from './types.ts';

export async function listFiles(context: EngineContext, transfer: Transfer): Promise<void> {
  const { store, scicat, clock, signal } = context;
  if (!(await isStillAllowed(context, transfer))) return;
  await deleteList(store, transfer.id);
  const files = await scicat.fetchFiles(transfer.authorised.pid, signal);
  const list = new ListedItems(context, transfer);
  for await (const part of files ?? []) {
    const chunks = list.chunks;
    const problem = 'kind' in part ? part.message : await list.add(part);
    if (problem !== undefined) return refuse(context, transfer, problem);
    // It may take hours to its end, and nobody wants it any more: the next step sees to that.
    if (list.chunks > chunks && (await isToBeCancelled(store, transfer))) return;
  }
  await list.flush();
  const { listed } = list;
  if (listed.files === 0) return refuse(context, transfer, 'SciCat lists no files for the dataset');
  const event = { kind: 'files_listed', detail: { files: listed.files, bytes: listed.bytes } } as const;
  await writeChange(store, transfer, { listed, event }, clock.now());
}

async function isToBeCancelled(store: Store, { id }: Transfer): Promise<boolean> {
  const cancel = (await findTransfer(store, id))?.cancel;
  return cancel?.requestedAt !== undefined && cancel.problem === undefined;
}

function refuse(context: EngineContext, transfer: Transfer, problem: string): Promise<void> {
  const message = `${problem}. Mend that in SciCat, then retry the transfer`;
  return end(context, transfer, { state: 'failed', reason: 'file_list_invalid', message });
}

/** What of the list is not stored yet: less than a chunk. */
class ListedItems {
  readonly #context: EngineContext;
  readonly #transfer: Transfer;
  readonly #digest = new ListDigest();
  readonly #items = new ItemsWriter();
  #chunks = 0;
  #files = 0;
  #bytes = 0;

  constructor(context: EngineContext, transfer: Transfer) {
    this.#context = context;
    this.#transfer = transfer;
  }

  get chunks(): number {
    return this.#chunks;
  }

  get listed() {
    return { files: this.#files, bytes: this.#bytes, digest: this.#digest.text };
  }

  /** @returns what is wrong with one of the files, in words. */
  async add(files: readonly DatasetFile[]): Promise<string | undefined> {
    const { datasetFolder, sourceFolder, destinationFolder } = this.#transfer.authorised;
    for (const { path, sizeBytes } of files) {
      const relative = relativePath(path, datasetFolder);
      const problem = problemOf(relative, 'relative');
      if (problem !== undefined) return `SciCat lists a file whose path cannot be used (${problem})`;
      this.#files += 1;
      this.#bytes += sizeBytes;
      this.#digest.add(relative);
      const sourcePath = `${sourceFolder}/${relative}`;
      const destinationPath = `${destinationFolder}/${relative}`;
      this.#items.add({ kind: 'file', sourcePath, destinationPath });
      if (this.#items.count === this.#context.settings.itemsPerTask) await this.flush();
    }
    return undefined;
  }

  async flush(): Promise<void> {
    if (this.#items.count === 0) return;
    const items = this.#items.take();
    const { id: transferId, attempt } = this.#transfer;
    await storeListedChunk(this.#context.store, { transferId, attempt, index: this.#chunks, items });
    this.#chunks += 1;
  }
}
