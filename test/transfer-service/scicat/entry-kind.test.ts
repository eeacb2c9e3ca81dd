import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { entryKindOf } from '../../../transfer-service/scicat/entry-kind.ts';

describe('the kind of a listed entry', () => {
  const table: readonly (readonly [unknown, string])[] = [
    // Go's FileMode.String(), as scicat-cli writes it.
    ['-rw-r--r--', 'file'],
    ['drwxr-xr-x', 'folder'],
    ['Lrwxrwxrwx', 'symlink'],
    ['dtrwxrwxrwx', 'folder'],
    ['dgrwxr-xr-x', 'folder'],
    ['urwxr-xr-x', 'file'],
    ['prw-r--r--', 'file'],
    ['----------', 'file'],
    // What `ls -l` shows.
    ['lrwxrwxrwx', 'symlink'],
    ['drwxrwsr-t', 'folder'],
    ['-rwsr-xr-x+', 'file'],
    ['drwxr-xr-x.', 'folder'],
    // Neither.
    [undefined, 'unknown'],
    [null, 'unknown'],
    [33188, 'unknown'],
    ['755', 'unknown'],
    ['', 'unknown'],
    ['dir', 'unknown'],
    ['-rw-r--r--; rm', 'unknown'],
    [['drwxr-xr-x'], 'unknown'],
  ];
  for (const [perm, kind] of table)
    it(`is ${kind} with the permissions ${JSON.stringify(perm)}`, () => {
      assert.equal(entryKindOf({ path: 'a', perm }), kind);
    });

  it('is folder with a final slash, whatever the permissions say', () => {
    for (const perm of ['-rw-r--r--', undefined]) assert.equal(entryKindOf({ path: 'a/', perm }), 'folder');
  });
});
