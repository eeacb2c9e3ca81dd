import assert from 'node:assert/strict';
import { test } from 'node:test';
import { submitBody, taskLabel } from '../../../transfer-service/globus/submission.ts';
import { usualOptions } from './submit-options.ts';

const submission = {
  submissionId: 's-1',
  sourceCollection: 'c-1',
  destinationCollection: 'c-2',
  label: 'beamgate t-1',
  isRepeat: false,
  items: [
    { kind: 'file', sourcePath: '/a', destinationPath: '/b' },
    { kind: 'folder', sourcePath: '/c', destinationPath: '/d' },
    { kind: 'symlink', sourcePath: '/e', destinationPath: '/f' },
  ],
} as const;

test('says everything that Globus would otherwise decide by itself', () => {
  assert.deepEqual(JSON.parse(submitBody(submission, usualOptions)), {
    DATA_TYPE: 'transfer',
    submission_id: 's-1',
    source_endpoint: 'c-1',
    destination_endpoint: 'c-2',
    label: 'beamgate t-1',
    sync_level: 3,
    verify_checksum: true,
    encrypt_data: true,
    preserve_timestamp: false,
    store_base_path_info: true,
    recursive_symlinks: 'ignore',
    skip_source_errors: false,
    fail_on_quota_errors: true,
    delete_destination_extra: false,
    notify_on_succeeded: false,
    notify_on_failed: false,
    notify_on_inactive: false,
    DATA: [
      { DATA_TYPE: 'transfer_item', source_path: '/a', destination_path: '/b', recursive: false },
      { DATA_TYPE: 'transfer_item', source_path: '/c', destination_path: '/d', recursive: true },
      { DATA_TYPE: 'transfer_symlink_item', source_path: '/e', destination_path: '/f' },
    ],
  });
});

test('a repeat skips only what has the same content, whatever the file says of a first attempt', () => {
  const lenient = { ...usualOptions, syncLevel: 'exists' } as const;
  const levelOf = (isRepeat: boolean) => {
    const body = JSON.parse(submitBody({ ...submission, isRepeat }, lenient));
    return 'sync_level' in body && body.sync_level;
  };
  assert.deepEqual([levelOf(false), levelOf(true)], [0, 3]);
});

test('has a deadline and local users where the submission has them', () => {
  const deadlineAt = Date.UTC(2026, 10, 21, 7);
  const users = { sourceLocalUser: 'beamline', destinationLocalUser: 'archive' };
  const body = JSON.parse(submitBody({ ...submission, ...users, deadlineAt }, usualOptions));
  assert.deepEqual(
    [body.deadline, body.source_local_user, body.destination_local_user],
    ['2026-11-21T07:00:00.000Z', 'beamline', 'archive'],
  );
});

test('keeps timestamps and leaves out the base path where the file says so', () => {
  const options = { ...usualOptions, preserveTimestamp: true, storeBasePathInfo: false };
  const body = JSON.parse(submitBody(submission, options));
  assert.deepEqual([body.preserve_timestamp, body.store_base_path_info], [true, false]);
});

test('a label is one line of at most 128 characters, with nothing that a filter would take for its own', () => {
  assert.equal(taskLabel('beamgate 1f/2,3:4\nx~*!'), 'beamgate 1f_2_3_4_x___');
  assert.equal(taskLabel('é'.repeat(200)), '_'.repeat(128));
});
