// The same tests on both databases: SQLite everywhere, the real PostgreSQL where it is.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, type TestContext } from 'node:test';
import { describeWith, postgres } from './find.ts';
import { freshDatabase } from './postgres.ts';

/** @returns the URL of a new, empty database that is gone after the test. */
export type NewDatabase = (t: TestContext) => Promise<string>;

export function describeOnEachDatabase(name: string, body: (newDatabase: NewDatabase) => void): void {
  describe(`${name} (SQLite)`, () => body(newFile));
  describeWith([postgres], `${name} (PostgreSQL)`, () => body(freshDatabase));
}

const newFile: NewDatabase = async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'beamgate-database-'));
  t.after(() => rmSync(folder, { recursive: true }));
  return `sqlite:${join(folder, 'db.sqlite')}`;
};
