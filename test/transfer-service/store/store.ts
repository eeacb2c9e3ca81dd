// A store in memory, and transfers to put into it.
import type { TestContext } from 'node:test';
import type { Authorised } from '../../../transfer-service/engine/types.ts';
import {
  type Accepted,
  type AcceptLimits,
  acceptTransfer,
  type NewTransfer,
} from '../../../transfer-service/store/accept.ts';
import { openStore } from '../../../transfer-service/store/open.ts';
import type { Store } from '../../../transfer-service/store/schema.ts';
import { authorised } from '../engine/stage.ts';

export const now = Date.UTC(2026, 10, 21, 12);

export async function memoryStore(t: TestContext): Promise<Store> {
  const store = await openStore('sqlite::memory:');
  t.after(() => store.destroy());
  return store;
}

export function newTransfer(
  id: string,
  overrides: Partial<Authorised> = {},
  paths = ['a', 'b'],
): NewTransfer {
  const what = { ...authorised, ...overrides };
  return {
    id,
    authorised: what,
    files: paths.map((path) => ({ path, isSymlink: false })),
    items: paths.map((path) => ({
      kind: 'file',
      sourcePath: `${what.sourceFolder}/${path}`,
      destinationPath: `${what.destinationFolder}/${path}`,
    })),
    bytesTotal: 20,
    filesTotal: paths.length,
  };
}

export function accept(
  store: Store,
  transfer: NewTransfer,
  limits: Partial<AcceptLimits> = {},
): Promise<Accepted> {
  return acceptTransfer(
    store,
    transfer,
    { itemsPerTask: 100, maxOpen: 0, maxOpenPerUser: 0, ...limits },
    now,
  );
}
