import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Lifecycle } from '../../../transfer-service/scicat/answers.ts';
import { wasMarked } from '../../../transfer-service/scicat/lifecycle.ts';

const cases: readonly (readonly [string, Lifecycle | null | undefined, boolean])[] = [
  ['none', undefined, false],
  ['null', null, false],
  ['an empty one', {}, false],
  ['files that are still to come', { archivable: false, archiveStatusMessage: 'filesNotReadyYet' }, false],
  ['created, but not archivable', { archivable: false, archiveStatusMessage: 'datasetCreated' }, false],
  [
    'archivable, in words of its client',
    { archivable: true, archiveStatusMessage: 'isOnCentralDisk' },
    false,
  ],
  ['marked', { archivable: true, archiveStatusMessage: 'datasetCreated' }, true],
  ['an archive job', { archivable: false, archiveStatusMessage: 'scheduledForArchiving' }, true],
  ['being archived', { archivable: false, archiveStatusMessage: 'started' }, true],
  ['archived', { archivable: false, retrievable: true, archiveStatusMessage: 'datasetOnArchiveDisk' }, true],
  ['archived, on tape', { archivable: false, archiveStatusMessage: 'dataArchivedOnTape' }, true],
  ['archived, in other words', { retrievable: true, archiveStatusMessage: 'done' }, true],
  ['an archiving that failed', { archivable: false, archiveStatusMessage: 'missingFilesError' }, false],
];

describe('a lifecycle', () => {
  for (const [name, lifecycle, expected] of cases) {
    it(`of ${name} ${expected ? 'says that it was marked' : 'does not say that it was marked'}`, () => {
      assert.equal(wasMarked(lifecycle), expected);
    });
  }
});
