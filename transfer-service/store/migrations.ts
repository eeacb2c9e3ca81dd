// The tables' history: each entry is applied once, in its own transaction, in the order of the names. Never edit one
// that was released.
import type { Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';

export const migrations: Readonly<Record<string, Migration>> = {
  '0001-transfers': {
    async up(db: Kysely<unknown>): Promise<void> {
      await createTransfers(db);
      await createTasks(db);
      await createEvents(db);
    },
  },
  '0002-attempts': {
    async up(db: Kysely<unknown>): Promise<void> {
      await createAttempts(db);
      for (const [name, type] of attemptColumns) {
        await db.schema.alterTable('transfers').addColumn(name, type).execute();
      }
      await db.schema
        .alterTable('tasks')
        .addColumn('attempt', 'integer', (column) => column.notNull().defaultTo(1))
        .execute();
    },
  },
  '0003-listing': {
    async up(db: Kysely<unknown>): Promise<void> {
      for (const [name, type] of listingColumns) {
        await db.schema.alterTable('transfers').addColumn(name, type).execute();
      }
    },
  },
  '0004-progress': {
    async up(db: Kysely<unknown>): Promise<void> {
      await db.schema.alterTable('transfers').addColumn('progress_at', 'bigint').execute();
      await db.schema.alterTable('transfers').addColumn('stuck_since', 'bigint').execute();
    },
  },
  '0005-indexes': {
    async up(db: Kysely<unknown>): Promise<void> {
      // A user's open transfers are counted at each request, the tasks in flight are gone through at each poll.
      await index(db, 'transfers', ['subject', 'state']);
      await db.schema.dropIndex('tasks_by_status').execute();
      await index(db, 'tasks', ['status', 'transfer_id', 'chunk']);
    },
  },
  '0006-clock': {
    async up(db: Kysely<unknown>): Promise<void> {
      await db.schema
        .createTable('clock')
        .addColumn('id', 'integer', (column) => column.primaryKey())
        .addColumn('machine_started_at', 'bigint', (column) => column.notNull())
        .addColumn('steady_since_ms', 'bigint', (column) => column.notNull())
        .execute();
    },
  },
  '0007-globus-tasks': {
    async up(db: Kysely<unknown>): Promise<void> {
      for (const name of ['source_local_user', 'destination_local_user']) {
        await db.schema.alterTable('transfers').addColumn(name, 'text').execute();
      }
      await db.schema
        .alterTable('tasks')
        .addColumn('resubmissions', 'integer', (column) => column.notNull().defaultTo(0))
        .execute();
      await db.schema.alterTable('tasks').addColumn('trouble', 'text').execute();
    },
  },
  '0008-uncertain-attempts': {
    async up(db: Kysely<unknown>): Promise<void> {
      await db.schema.alterTable('attempts').addColumn('is_uncertain', 'integer').execute();
    },
  },
};

const listingColumns = [
  ['listing', 'text'],
  ['listed_files', 'bigint'],
  ['listed_digest', 'text'],
] as const;

const attemptColumns = [
  ['request_key', 'text'],
  ['attempt_began_at', 'bigint'],
  ['collection_root_path', 'text'],
] as const;

async function createTransfers(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('transfers')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('state', 'text', (column) => column.notNull())
    .addColumn('dedup_key', 'text', (column) => column.unique())
    .addColumn('attempt', 'integer', (column) => column.notNull())
    .addColumn('lease_owner', 'text')
    .addColumn('lease_until', 'bigint')
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .addColumn('updated_at', 'bigint', (column) => column.notNull())
    .addColumn('ended_at', 'bigint')
    .addColumn('settled_at', 'bigint')
    .addColumn('pid', 'text', (column) => column.notNull())
    .addColumn('owner_group', 'text', (column) => column.notNull())
    .addColumn('dataset_folder', 'text', (column) => column.notNull())
    .addColumn('subject', 'text', (column) => column.notNull())
    .addColumn('username', 'text', (column) => column.notNull())
    .addColumn('email', 'text')
    .addColumn('source_facility', 'text', (column) => column.notNull())
    .addColumn('destination_facility', 'text', (column) => column.notNull())
    .addColumn('source_collection', 'text', (column) => column.notNull())
    .addColumn('destination_collection', 'text', (column) => column.notNull())
    .addColumn('source_folder', 'text', (column) => column.notNull())
    .addColumn('destination_folder', 'text', (column) => column.notNull())
    .addColumn('destination_used_at', 'bigint')
    .addColumn('scopes', 'text', (column) => column.notNull())
    .addColumn('auto_archive', 'integer', (column) => column.notNull())
    .addColumn('is_whole_folder', 'integer', (column) => column.notNull())
    .addColumn('bytes_total', 'bigint', (column) => column.notNull())
    .addColumn('files_total', 'bigint', (column) => column.notNull())
    .addColumn('job_attempted_at', 'bigint')
    .addColumn('job_id', 'text', (column) => column.unique())
    .addColumn('job_is_deleted', 'integer', (column) => column.notNull())
    .addColumn('archive_is_marked', 'integer', (column) => column.notNull())
    .addColumn('archive_attempted_at', 'bigint')
    .addColumn('archive_job_id', 'text')
    .addColumn('cancel_requested_at', 'bigint')
    .addColumn('cancel_deletes_job', 'integer', (column) => column.notNull())
    .addColumn('cancel_problem', 'text')
    .addColumn('end_state', 'text')
    .addColumn('reason', 'text')
    .addColumn('message', 'text')
    .addColumn('obstacle', 'text')
    .addColumn('report_text', 'text')
    .addColumn('report_at', 'bigint')
    .addColumn('report_is_refused', 'integer', (column) => column.notNull())
    .execute();
  await index(db, 'transfers', ['settled_at', 'created_at']);
  await index(db, 'transfers', ['state']);
  await index(db, 'transfers', ['subject', 'created_at']);
  await index(db, 'transfers', ['owner_group', 'created_at']);
  await index(db, 'transfers', ['destination_collection', 'destination_folder']);
}

async function createTasks(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('tasks')
    .addColumn('transfer_id', 'text', (column) => column.notNull().references('transfers.id'))
    .addColumn('chunk', 'integer', (column) => column.notNull())
    .addColumn('item_count', 'integer', (column) => column.notNull())
    .addColumn('status', 'text', (column) => column.notNull())
    .addColumn('submission_id', 'text')
    .addColumn('attempted_at', 'bigint')
    .addColumn('task_id', 'text')
    .addColumn('cancel_is_asked', 'integer', (column) => column.notNull())
    .addColumn('problem', 'text')
    .addColumn('nice_status', 'text')
    .addColumn('is_paused', 'integer', (column) => column.notNull())
    .addColumn('faults', 'bigint', (column) => column.notNull())
    .addColumn('files', 'bigint', (column) => column.notNull())
    .addColumn('files_transferred', 'bigint', (column) => column.notNull())
    .addColumn('files_skipped', 'bigint', (column) => column.notNull())
    .addColumn('bytes_transferred', 'bigint', (column) => column.notNull())
    .addPrimaryKeyConstraint('tasks_key', ['transfer_id', 'chunk'])
    .execute();
  await index(db, 'tasks', ['status']);
  await db.schema
    .createTable('items')
    .addColumn('transfer_id', 'text', (column) => column.notNull().references('transfers.id'))
    .addColumn('chunk', 'integer', (column) => column.notNull())
    .addColumn('items', 'text', (column) => column.notNull())
    .addPrimaryKeyConstraint('items_key', ['transfer_id', 'chunk'])
    .execute();
}

async function createEvents(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('events')
    .addColumn('transfer_id', 'text', (column) => column.notNull().references('transfers.id'))
    .addColumn('sequence', 'integer', (column) => column.notNull())
    .addColumn('at', 'bigint', (column) => column.notNull())
    .addColumn('kind', 'text', (column) => column.notNull())
    .addColumn('state', 'text', (column) => column.notNull())
    .addColumn('detail', 'text', (column) => column.notNull())
    .addPrimaryKeyConstraint('events_key', ['transfer_id', 'sequence'])
    .execute();
}

async function createAttempts(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('attempts')
    .addColumn('transfer_id', 'text', (column) => column.notNull().references('transfers.id'))
    .addColumn('attempt', 'integer', (column) => column.notNull())
    .addColumn('began_at', 'bigint', (column) => column.notNull())
    .addColumn('ended_at', 'bigint', (column) => column.notNull())
    .addColumn('state', 'text', (column) => column.notNull())
    .addColumn('reason', 'text')
    .addColumn('message', 'text')
    .addColumn('files_transferred', 'bigint', (column) => column.notNull())
    .addColumn('files_skipped', 'bigint', (column) => column.notNull())
    .addColumn('bytes_transferred', 'bigint', (column) => column.notNull())
    .addColumn('task_ids', 'text', (column) => column.notNull())
    .addPrimaryKeyConstraint('attempts_key', ['transfer_id', 'attempt'])
    .execute();
}

async function index(db: Kysely<unknown>, table: string, columns: string[]): Promise<void> {
  await db.schema
    .createIndex(`${table}_by_${columns.join('_and_')}`)
    .on(table)
    .columns(columns)
    .execute();
}
