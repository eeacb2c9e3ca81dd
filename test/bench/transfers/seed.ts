// Transfers as they lie in the database: at Globus, or waiting for their turn. Written at once and not one by one, so
// that what is measured is not how they came there.
import { join } from 'node:path';
import { openDatabase } from '../../../platform/database.ts';
import { adoptTransfer } from '../../../transfer-service/store/adopt.ts';
import { migrations } from '../../../transfer-service/store/migrations.ts';
import type { Schema } from '../../../transfer-service/store/schema.ts';

export type Seed = { readonly place: string; readonly count: number; readonly isWaiting: boolean };

/** @returns the ids of the tasks that are at Globus. */
export async function seedTransfers({ place, count, isWaiting }: Seed): Promise<readonly string[]> {
  const url = `sqlite:${join(place, 'transfers.sqlite')}`;
  const db = await openDatabase<Schema>({ url, durability: 'normal', exclusive: true, migrations });
  const tasks: string[] = [];
  for (let number = 0; number < count; number += 1) {
    const taskId = `seeded-task-${number}`;
    await adoptTransfer(db, transferOf(number, taskId), Date.now());
    tasks.push(taskId);
  }
  // SciCat knows of each already.
  const report_text = `{"statusCode":"${isWaiting ? '001' : '002'}"`;
  await db
    .updateTable('transfers')
    .set({ report_text, report_at: Date.now() - 3_600_000 })
    .execute();
  if (isWaiting) {
    await db.updateTable('transfers').set({ state: 'recorded', destination_used_at: null }).execute();
    await db.updateTable('tasks').set({ status: 'waiting', task_id: null, attempted_at: null }).execute();
  }
  await db.destroy();
  return isWaiting ? [] : tasks;
}

function transferOf(number: number, taskId: string) {
  const folder = `p1/seeded-${number}`;
  return {
    ...{ id: `seeded-${number}`, jobId: `seeded-job-${number}`, taskId, submittedAt: Date.now() - 3_600_000 },
    ...{ bytesTotal: 1000, filesTotal: 1 },
    items: [{ kind: 'folder', sourcePath: `/${folder}`, destinationPath: `/${folder}` }] as const,
    authorised: {
      ...{ pid: `20.500/seeded-${number}`, ownerGroup: 'p1', datasetFolder: `/data/${folder}` },
      ...{ subject: 'plain:scicat:alice', username: 'alice', email: undefined },
      ...{ sourceFacility: 'FAC-A', destinationFacility: 'FAC-B' },
      sourceCollection: '11111111-1111-4111-8111-111111111111',
      destinationCollection: '22222222-2222-4222-8222-222222222222',
      ...{ collectionRootPath: '/data', sourceFolder: `/${folder}`, destinationFolder: `/${folder}` },
      ...{ scopes: [], sourceLocalUser: undefined, destinationLocalUser: undefined },
      ...{ autoArchive: false, isWholeFolder: true },
    },
  };
}
