import assert from 'node:assert/strict';
import { lstat, readFile, readlink, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { fileItem, folderItem, type Scene, startScene } from './scene.ts';
import { until } from './until.ts';

describe('Globus tasks', () => {
  let scene: Scene;
  beforeEach(async () => {
    scene = await startScene({ bytesPerSecond: 2_000_000 });
    await scene.write('a.tif', Buffer.alloc(40_000));
    for (const name of ['1', '2', '3', '4']) await scene.write(`run7/${name}.tif`, Buffer.alloc(200_000));
  });
  afterEach(() => scene.stop());

  const documentOf = async (taskId: string) => (await scene.get(`/v0.10/task/${taskId}`)).body;

  test('run three at a time, the others queue', async () => {
    scene.globus.setBytesPerSecond(1000);
    const starting = ['1', '2', '3', '4'].map((name) =>
      scene.start({ DATA: [fileItem(`/run7/${name}.tif`)] }),
    );
    const [first, second, third, fourth] = await Promise.all(starting);
    const queued = await Promise.all([first, second, third, fourth].map(async (id) => documentOf(id ?? '')));
    assert.equal(queued.filter((task) => task.nice_status === 'Queued').length, 1);
    assert.equal(queued.filter((task) => task.nice_status === 'OK').length, 3);
  });

  test('count bytes and files while they move', async () => {
    const taskId = await scene.start({ DATA: [folderItem('/run7')] });
    const moving = await until(
      scene,
      taskId,
      (task) => task.filesTransferred === 1 && task.bytesTransferred > 200_000,
    );
    assert.equal(moving.status, 'ACTIVE');
    const task = await scene.globus.ended(taskId);
    assert.deepEqual([task.files, task.filesTransferred, task.bytesTransferred], [4, 4, 800_000]);
  });

  test('find more files while a folder is being walked', async () => {
    await scene.write('run7/deeper/5.tif', 'five');
    const taskId = await scene.start({ DATA: [folderItem('/run7')] });
    await until(scene, taskId, (task) => task.files === 4);
    assert.equal((await scene.globus.ended(taskId)).files, 5);
  });

  test('wait for a file that is missing, with faults that grow, and go on when it comes', async () => {
    const taskId = await scene.start({ DATA: [fileItem('/late.tif'), fileItem('/a.tif')] });
    await until(scene, taskId, (task) => task.faults >= 3 && task.filesTransferred === 1);
    const waiting = await documentOf(taskId);
    assert.deepEqual(
      [waiting.status, waiting.nice_status, waiting.is_ok],
      ['ACTIVE', 'FILE_NOT_FOUND', false],
    );
    const { body } = await scene.get(`/v0.10/task/${taskId}/event_list?filter=is_error:1&limit=1`);
    assert.deepEqual([body.length, body.DATA_TYPE, Number(body.total) >= 3], [1, 'event_list', true]);
    await scene.write('late.tif', 'here');
    assert.equal((await scene.globus.ended(taskId)).status, 'SUCCEEDED');
  });

  test('leave a missing source out where that is asked for', async () => {
    const change = { skip_source_errors: true, DATA: [fileItem('/never.tif'), fileItem('/a.tif')] };
    const task = await scene.globus.ended(await scene.start(change));
    assert.deepEqual([task.status, task.filesTransferred, task.faults], ['SUCCEEDED', 1, 1]);
  });

  test('that are cancelled end as FAILED with CANCELED', async () => {
    scene.globus.setBytesPerSecond(1000);
    const taskId = await scene.start({ DATA: [folderItem('/run7')] });
    const answer = await scene.post(`/v0.10/task/${taskId}/cancel`);
    assert.deepEqual([answer.body.DATA_TYPE, answer.body.code], ['result', 'Canceled']);
    await scene.globus.ended(taskId);
    const task = await documentOf(taskId);
    assert.equal(task.status, 'FAILED');
    assert.deepEqual(Object.keys(Object(task.fatal_error)), ['code', 'description']);
    assert.equal(scene.globus.task(taskId)?.fatalErrorCode, 'CANCELED');
    assert.equal((await scene.post(`/v0.10/task/${taskId}/cancel`)).body.code, 'TaskComplete');
  });

  test('pause, and go on', async () => {
    scene.globus.setBytesPerSecond(1000);
    const taskId = await scene.start({ DATA: [folderItem('/run7')] });
    scene.globus.pause(taskId);
    const paused = await documentOf(taskId);
    assert.deepEqual([paused.is_paused, paused.status, paused.nice_status], [true, 'ACTIVE', 'PAUSED']);
    scene.globus.suspend(taskId);
    assert.equal((await documentOf(taskId)).status, 'INACTIVE');
    const { body } = await scene.get('/v0.10/task_list?filter=type:TRANSFER/status:INACTIVE');
    assert.equal(body.total, 1);
    scene.globus.setBytesPerSecond(Number.POSITIVE_INFINITY);
    scene.globus.resume(taskId);
    assert.equal((await scene.globus.ended(taskId)).status, 'SUCCEEDED');
  });

  test('can be made to fail, to skip, and to vanish', async () => {
    scene.globus.setBytesPerSecond(1000);
    const failing = await scene.start({ DATA: [folderItem('/run7', '/one')] });
    scene.globus.fail(failing, { code: 'PERMISSION_DENIED', description: 'no' });
    assert.equal((await scene.globus.ended(failing)).fatalErrorCode, 'PERMISSION_DENIED');
    scene.globus.setBytesPerSecond(Number.POSITIVE_INFINITY);
    scene.globus.skipFiles(/[123]\.tif$/);
    const skipping = await scene.globus.ended(await scene.start({ DATA: [folderItem('/run7', '/two')] }));
    assert.deepEqual(
      [skipping.status, skipping.filesSkipped, skipping.filesTransferred],
      ['SUCCEEDED', 3, 1],
    );
    scene.globus.vanish(skipping.taskId);
    const { status, body } = await scene.get(`/v0.10/task/${skipping.taskId}`);
    assert.deepEqual([status, body.code], [404, 'ClientError.NotFound']);
  });

  test('are listed by status, id and label, with the fields that are asked for, page by page', async () => {
    scene.globus.setBytesPerSecond(Number.POSITIVE_INFINITY);
    const ids = [];
    for (const label of ['one', 'two', 'three']) {
      const taskId = await scene.start({ label, DATA: [fileItem('/a.tif', `/${label}.tif`)] });
      await scene.globus.ended(taskId);
      ids.push(taskId);
    }
    const list = async (query: string) => (await scene.get(`/v0.10/task_list?${query}`)).body;
    const succeeded = await list(
      'filter=type:TRANSFER/status:SUCCEEDED&fields=task_id,label&limit=2&offset=1',
    );
    assert.deepEqual(succeeded, {
      ...{ DATA_TYPE: 'task_list', length: 2, limit: 2, offset: 1, total: 3 },
      DATA: [
        { task_id: ids[1], label: 'two' },
        { task_id: ids[0], label: 'one' },
      ],
    });
    assert.equal((await list(`filter=task_id:${ids[0]},${ids[2]}`)).total, 2);
    assert.equal((await list('filter=label:two')).total, 1);
    assert.equal((await list('fields=colour')).code, 'ClientError.BadRequest');
    assert.equal((await list('filter=status:ACTIVE,INACTIVE')).total, 0);
    const transferred = await scene.get(`/v0.10/task/${ids[0]}/successful_transfers`);
    assert.equal(transferred.body.next_marker, null);
  });

  for (const query of ['filter=colour:red', 'filter=status:DONE', 'limit=1001', 'limit=x', 'orderby=x']) {
    test(`refuse to be listed by ${query}`, async () => {
      assert.equal((await scene.get(`/v0.10/task_list?${query}`)).status, 400);
    });
  }

  test('leave links in a folder alone', async () => {
    scene.globus.setBytesPerSecond(Number.POSITIVE_INFINITY);
    await symlink('1.tif', join(scene.sourceFolder, 'run7/link.tif'));
    const task = await scene.globus.ended(await scene.start({ DATA: [folderItem('/run7')] }));
    assert.equal(task.files, 4);
    await assert.rejects(lstat(join(scene.destinationFolder, 'run7/link.tif')));
  });

  test('copy a link as a link where it is asked for as one', async () => {
    await symlink('run7/1.tif', join(scene.sourceFolder, 'link.tif'));
    const item = {
      DATA_TYPE: 'transfer_symlink_item',
      source_path: '/link.tif',
      destination_path: '/link.tif',
    };
    await scene.globus.ended(await scene.start({ DATA: [item] }));
    assert.equal(await readlink(join(scene.destinationFolder, 'link.tif')), 'run7/1.tif');
  });

  test('follow a link that was declared a file, but not out of the collection', async () => {
    await writeFile(join(scene.root, 'secret.txt'), 'secret');
    await symlink('a.tif', join(scene.sourceFolder, 'inside.tif'));
    await symlink(join(scene.root, 'secret.txt'), join(scene.sourceFolder, 'outside.txt'));
    const taskId = await scene.start({ DATA: [fileItem('/inside.tif'), fileItem('/outside.txt')] });
    await until(scene, taskId, (task) => task.faults > 0 && task.filesTransferred === 1);
    assert.equal((await documentOf(taskId)).nice_status, 'PERMISSION_DENIED');
    assert.equal((await readFile(join(scene.destinationFolder, 'inside.tif'))).length, 40_000);
    await assert.rejects(lstat(join(scene.destinationFolder, 'outside.txt')));
  });

  test('write nothing through a link that leads out of the destination', async () => {
    await symlink(scene.root, join(scene.destinationFolder, 'out'));
    const taskId = await scene.start({ DATA: [fileItem('/a.tif', '/out/a.tif')] });
    await until(scene, taskId, (task) => task.faults > 0);
    await assert.rejects(lstat(join(scene.root, 'a.tif')));
  });
});
