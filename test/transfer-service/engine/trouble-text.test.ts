// Every error of a task says what is wrong, where, and who can mend it how.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { errorTrouble, pauseTrouble } from '../../../transfer-service/engine/task-trouble.ts';
import { troubleText } from '../../../transfer-service/engine/trouble-text.ts';
import type { TaskError } from '../../../transfer-service/globus/task-report.ts';
import { authorised } from './stage.ts';

const at = (code: string, place: Partial<TaskError> = {}): TaskError => ({
  ...{ code, description: '', collection: undefined, path: undefined, isWrite: undefined },
  ...place,
});

const text = (code: string, errors: readonly TaskError[] = []) =>
  troubleText(errorTrouble({ code, description: '' }, errors, authorised), authorised);

const [source, destination] = ['source-collection', 'destination-collection'];

const cases: readonly (readonly [string, Partial<TaskError>, RegExp])[] = [
  [
    'FILE_NOT_FOUND',
    { collection: source },
    /^\/f is not at the source LAB .*whoever owns the dataset can put it/,
  ],
  [
    'PERMISSION_DENIED',
    { collection: source },
    /may not read \/f at the source LAB .*administrators of LAB can grant/,
  ],
  [
    'PERMISSION_DENIED',
    { collection: destination },
    /may not write \/f at the destination ARCHIVE .* of ARCHIVE can/,
  ],
  [
    'AMBIGUOUS_PATH',
    { collection: source },
    /^\/f means several files at the source LAB .*dataset can rename/,
  ],
  [
    'QUOTA_EXCEEDED',
    { collection: destination },
    /no space left at the destination ARCHIVE .*raise its quota/,
  ],
  ['NO_SPACE_LEFT', {}, /no space left at the destination ARCHIVE/],
  [
    'CREDENTIALS_EXPIRED',
    { collection: destination },
    /no valid credentials for the destination ARCHIVE .*renew/,
  ],
  ['NO_CREDENTIALS', { collection: source }, /no valid credentials for the source LAB/],
  [
    'CONNECT_FAILED',
    { collection: source },
    /cannot work with the server of the source LAB, at \/f .*by itself/,
  ],
  ['GC_NOT_CONNECTED', { collection: destination }, /the server of the destination ARCHIVE/],
  ['FILE_SIZE_CHANGED', { collection: source }, /^\/f at the source LAB is not the same before and after/],
  ['NOT_A_FILE', { collection: source }, /^\/f at the source LAB is of another kind .*correct SciCat's list/],
  [
    'SOMETHING_NEW',
    { collection: source },
    /an error at \/f at the source LAB \(SOMETHING_NEW\); the administrators/,
  ],
];

describe('the trouble of a task', () => {
  for (const [code, place, expected] of cases) {
    it(`${code} ${place.collection ?? 'anywhere'} says what, where, and who can mend it`, () => {
      const said = text(code, [at(code, { path: '/f', ...place })]);
      assert.match(said, expected);
      assert.ok(said.includes(code));
    });
  }

  it('names both ends where Globus does not say which', () => {
    assert.match(
      text('PERMISSION_DENIED'),
      /read or write .* the source LAB or the destination ARCHIVE .*LAB and ARCHIVE/,
    );
  });

  it('names three files at most, each once, and only of the error that the task has now', () => {
    const files = ['/a', '/b', '/a', '/c', '/d'].map((path) =>
      at('FILE_NOT_FOUND', { path, collection: source }),
    );
    const said = text('FILE_NOT_FOUND', [at('TIMEOUT', { path: '/older' }), ...files]);
    assert.match(said, /^\/a, \/b, \/c, others is not at/);
  });

  it('finds the end by what was done there where both ends are one collection, else by the folder', () => {
    const same = { ...authorised, destinationCollection: authorised.sourceCollection };
    const sideOf = (place: Partial<TaskError>) => {
      const errors = [at('PERMISSION_DENIED', { collection: source, ...place })];
      return errorTrouble({ code: 'PERMISSION_DENIED', description: '' }, errors, same).side;
    };
    assert.equal(sideOf({ isWrite: true }), 'destination');
    assert.equal(sideOf({ isWrite: false }), 'source');
    assert.equal(sideOf({ path: `${authorised.destinationFolder}/a` }), 'destination');
    assert.equal(sideOf({ path: authorised.sourceFolder }), 'source');
    assert.equal(sideOf({ path: '/elsewhere' }), undefined);
  });

  it('is one line, however long and whatever it has in it', () => {
    const path = `/a\nb\u2028c${'x'.repeat(2000)}`;
    const said = text('FILE_NOT_FOUND', [at('FILE_NOT_FOUND', { path, description: 'no\r\nsuch file' })]);
    assert.ok(said.startsWith('/a b cxx') && said.length < 600 && !/[\r\n\u2028]/.test(said), said);
    assert.match(said, /\(FILE_NOT_FOUND: no such file\)/);
  });
});

describe('a pause', () => {
  const said = (message: string, place: { side?: 'source'; collection?: string }) =>
    troubleText(
      pauseTrouble({ message, side: place.side, collection: place.collection }, authorised),
      authorised,
    );

  it('says what an administrator of which facility wrote', () => {
    assert.equal(
      said('Maintenance', { collection: 'DESTINATION-collection' }),
      'paused at Globus by an administrator of ARCHIVE: "Maintenance"',
    );
    assert.match(said('Maintenance', { side: 'source' }), /administrator of LAB/);
    assert.match(said('Maintenance', {}), /of one of the collections: "Maintenance"/);
  });
});
