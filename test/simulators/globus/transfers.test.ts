import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, beforeEach, describe, test } from 'node:test';
import { fileItem, folderItem, type Scene, startScene, transferDocument } from './scene.ts';

describe('Globus transfers', () => {
  let scene: Scene;
  before(async () => {
    scene = await startScene();
    await scene.write('a.tif', 'a'.repeat(300_000));
    await scene.write('run7/b.tif', 'b');
    await scene.write('run7/sub/c d.tif', 'c');
  });
  after(() => scene.stop());
  beforeEach(() => scene.globus.faults.clear());

  test('copies a file, and its task says so', async () => {
    const taskId = await scene.start();
    await scene.globus.ended(taskId);
    const { body } = await scene.get(`/v0.10/task/${taskId}`);
    assert.equal(body.status, 'SUCCEEDED');
    assert.equal(body.bytes_transferred, 300_000);
    assert.equal(body.files, 1);
    assert.equal(body.nice_status, null);
    assert.equal(body.is_ok, null);
    assert.equal(body.fatal_error, null);
    assert.equal(
      await readFile(join(scene.destinationFolder, 'a.tif'), 'utf8'),
      await readFile(join(scene.sourceFolder, 'a.tif'), 'utf8'),
    );
  });

  test('copies a folder and all below it', async () => {
    const taskId = await scene.start({ DATA: [folderItem('/run7', '/copies/run7')] });
    const task = await scene.globus.ended(taskId);
    assert.deepEqual([task.status, task.files, task.filesTransferred], ['SUCCEEDED', 2, 2]);
    assert.equal(await readFile(join(scene.destinationFolder, 'copies/run7/sub/c d.tif'), 'utf8'), 'c');
  });

  test('answers Duplicate and the first task to a repeated submission id', async () => {
    const { body } = await scene.get('/v0.10/submission_id');
    const document = { ...transferDocument(body.value), DATA: [fileItem('/a.tif', '/again.tif')] };
    const first = await scene.post('/v0.10/transfer', document);
    const second = await scene.post('/v0.10/transfer', document);
    assert.deepEqual([first.body.code, second.body.code], ['Accepted', 'Duplicate']);
    assert.equal(second.body.task_id, first.body.task_id);
  });

  test('an answer that was lost after the work leaves the task, and the repeat finds it', async () => {
    const { body } = await scene.get('/v0.10/submission_id');
    const document = { ...transferDocument(body.value), DATA: [fileItem('/a.tif', '/lost.tif')] };
    scene.globus.faults.add({
      method: 'POST',
      path: /\/transfer$/,
      times: 1,
      fault: { kind: 'answer_lost' },
    });
    await assert.rejects(scene.post('/v0.10/transfer', document));
    const made = scene.globus.tasks().at(-1);
    const repeated = await scene.post('/v0.10/transfer', document);
    assert.equal(repeated.body.code, 'Duplicate');
    assert.equal(repeated.body.task_id, made?.taskId);
  });

  const refusals: readonly (readonly [string, Readonly<Record<string, unknown>>, number, string])[] = [
    ['no items', { DATA: [] }, 400, 'ClientError.BadRequest.NoTransferItems'],
    ['another DATA_TYPE', { DATA_TYPE: 'delete' }, 400, 'ClientError.BadRequest'],
    [
      'an item without DATA_TYPE',
      { DATA: [{ source_path: '/a', destination_path: '/b' }] },
      400,
      'ClientError.BadRequest',
    ],
    [
      'an item without destination',
      { DATA: [{ DATA_TYPE: 'transfer_item', source_path: '/a' }] },
      400,
      'ClientError.BadRequest',
    ],
    ['an unknown field', { colour: 'red' }, 400, 'ClientError.BadRequest'],
    ['a label of 129 characters', { label: 'x'.repeat(129) }, 400, 'ClientError.BadRequest'],
    ['a label of two lines', { label: 'one\ntwo' }, 400, 'ClientError.BadRequest'],
    [
      'a symlink with recursive',
      { DATA: [{ ...fileItem('/a'), DATA_TYPE: 'transfer_symlink_item' }] },
      400,
      'ClientError.BadRequest',
    ],
    ['a deadline that is past', { deadline: '2020-01-01' }, 400, 'ClientError.BadRequest'],
    [
      'a submission id nobody gave',
      { submission_id: '99999999-9999-4999-8999-999999999999' },
      400,
      'ClientError.BadRequest',
    ],
    [
      'an unknown collection',
      { source_endpoint: '99999999-9999-4999-8999-999999999999' },
      404,
      'EndpointNotFound',
    ],
  ];
  for (const [name, change, status, code] of refusals) {
    test(`refuses ${name}`, async () => {
      const refused = await scene.submit(change);
      assert.equal(refused.status, status);
      assert.equal(refused.body.code, code);
      assert.equal(refused.body.resource, '/v0.10/transfer');
      assert.equal(refused.body.request_id, refused.headers.get('x-request-id'));
    });
  }

  test('refuses a collection that the account has no right to', async () => {
    const taskIds = scene.globus.tasks().length;
    scene.globus.setPermitted('11111111-1111-4111-8111-111111111111', false);
    const refused = await scene.submit();
    scene.globus.setPermitted('11111111-1111-4111-8111-111111111111', true);
    assert.deepEqual([refused.status, refused.body.code], [403, 'PermissionDenied']);
    assert.equal(scene.globus.tasks().length, taskIds);
  });

  test('refuses identical paths until the first has ended', async () => {
    scene.globus.setBytesPerSecond(1000);
    const change = { DATA: [fileItem('/a.tif', '/identical.tif')] };
    const taskId = await scene.start(change);
    const refused = await scene.submit(change);
    assert.deepEqual([refused.status, refused.body.code], [409, 'Conflict']);
    assert.equal(refused.body.task_id, undefined);
    scene.globus.cancel(taskId);
    scene.globus.setBytesPerSecond(Number.POSITIVE_INFINITY);
    assert.equal((await scene.submit(change)).status, 200);
  });

  test('skips what the destination has already, by the sync level', async () => {
    await scene.globus.ended(await scene.start({ DATA: [fileItem('/a.tif', '/synced.tif')] }));
    for (const sync_level of [0, 1, 2, 3]) {
      const change = { sync_level, DATA: [fileItem('/a.tif', '/synced.tif')] };
      const { filesSkipped, filesTransferred } = await scene.globus.ended(await scene.start(change));
      assert.deepEqual([filesSkipped, filesTransferred], [1, 0]);
    }
  });

  test('an unknown path is 404 in the shape of Globus', async () => {
    const { status, body } = await scene.get('/v0.10/nothing/here');
    assert.deepEqual([status, body.code], [404, 'ClientError.NotFound']);
  });
});
