// The limits of Globus: https://docs.globus.org/api/transfer/task_behavior, and what it tells of tasks in trouble.
import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { z } from 'zod';
import { fileItem, type Scene, startScene } from './scene.ts';
import { until } from './until.ts';

describe('Globus limits', () => {
  const scenes: Scene[] = [];
  const start = async (...options: Parameters<typeof startScene>) => {
    const scene = await startScene(...options);
    scenes.push(scene);
    return scene;
  };
  afterEach(async () => {
    await Promise.all(scenes.splice(0).map((scene) => scene.stop()));
  });

  test('the requests of ten seconds', async () => {
    const scene = await start({ requestsPerSecond: 20 });
    const answers = await Promise.all(Array.from({ length: 210 }, () => scene.get('/v0.10/task_list')));
    const refused = answers.filter(({ status }) => status === 429);
    assert.equal(refused.length, 10);
    assert.match(refused[0]?.headers.get('retry-after') ?? '', /^([1-9]|10)$/);
  });

  test('the tasks that wait', async () => {
    const scene = await start({ maxPendingTasks: 2 });
    await scene.start({ DATA: [fileItem('/one')] });
    await scene.start({ DATA: [fileItem('/two')] });
    const refused = await scene.submit({ DATA: [fileItem('/three')] });
    assert.deepEqual([refused.status, refused.body.code], [409, 'ClientError.Conflict.TooManyPendingJobs']);
  });

  test('the time until the deadline', async () => {
    const scene = await start({ deadlineMs: 50 });
    const task = await scene.globus.ended(await scene.start({ DATA: [fileItem('/never.tif')] }));
    assert.deepEqual([task.status, task.fatalErrorCode], ['FAILED', 'EXPIRED']);
  });

  test('the haste of a cancel, where it is told to: it may come too late', async () => {
    const scene = await start({ cancelTakesMs: 300, bytesPerSecond: 1000 });
    await scene.write('a.tif', Buffer.alloc(20_000));
    const late = await scene.start({ DATA: [fileItem('/a.tif')] });
    const early = await scene.start({ DATA: [fileItem('/never')] });
    for (const taskId of [late, early]) {
      const answer = await scene.post(`/v0.10/task/${taskId}/cancel`);
      assert.equal(answer.body.code, 'CancelAccepted');
      assert.equal(scene.globus.task(taskId)?.status, 'ACTIVE');
    }
    scene.globus.setBytesPerSecond(Number.POSITIVE_INFINITY);
    assert.equal((await scene.globus.ended(late)).status, 'SUCCEEDED');
    assert.equal((await scene.globus.ended(early)).fatalErrorCode, 'CANCELED');
  });

  test('the tasks that it works on: one that backs off or is paused gives its place to the next', async () => {
    const scene = await start({ maxRunningTasks: 1, retryIntervalMs: 60_000 });
    await scene.write('a.tif', 'a');
    await scene.write('b.tif', 'b');
    const missing = await scene.start({ DATA: [fileItem('/never.tif')] });
    await until(scene, missing, (task) => task.faults > 0);
    assert.equal(await niceStatus(scene, missing), 'FILE_NOT_FOUND');
    assert.equal(
      (await scene.globus.ended(await scene.start({ DATA: [fileItem('/a.tif')] }))).status,
      'SUCCEEDED',
    );
    scene.globus.setBytesPerSecond(0.01);
    const slow = await scene.start({ DATA: [fileItem('/b.tif')] });
    const queued = await scene.start({ DATA: [fileItem('/a.tif', '/c.tif')] });
    assert.equal(await niceStatus(scene, queued), 'Queued');
    scene.globus.pause(slow);
    scene.globus.setBytesPerSecond(Number.POSITIVE_INFINITY);
    assert.equal((await scene.globus.ended(queued)).status, 'SUCCEEDED');
  });
});

describe('A task of Globus expires', () => {
  const scenes: Scene[] = [];
  const start = async (...options: Parameters<typeof startScene>) => {
    const scene = await startScene(...options);
    scenes.push(scene);
    return scene;
  };
  afterEach(async () => {
    await Promise.all(scenes.splice(0).map((scene) => scene.stop()));
  });
  const view = (scene: Scene, taskId: string) => {
    const task = scene.globus.task(taskId);
    assert.ok(task !== undefined);
    return task;
  };

  test('24 hours after its submit, by the clock of Globus', async () => {
    const scene = await start();
    const taskId = await scene.start({ DATA: [fileItem('/never.tif')] });
    await until(scene, taskId, (task) => task.faults > 0);
    scene.globus.setClockOffset(23.9 * hourMs);
    assert.equal(view(scene, taskId).status, 'ACTIVE');
    scene.globus.setClockOffset(24.1 * hourMs);
    const { status, fatalErrorCode } = view(scene, taskId);
    assert.deepEqual([status, fatalErrorCode], ['FAILED', 'EXPIRED']);
    const events = await scene.get(`/v0.10/task/${taskId}/event_list?filter=is_error:1&limit=1`);
    assert.match(JSON.stringify(events.body.DATA), /"code":"EXPIRED"/);
  });

  test('72 hours after the latest file arrived', async () => {
    const scene = await start();
    await scene.write('a.tif', 'a');
    const taskId = await scene.start({ DATA: [fileItem('/a.tif'), fileItem('/never.tif')] });
    await until(scene, taskId, (task) => task.faults > 0 && task.filesTransferred === 1);
    scene.globus.setClockOffset(71.9 * hourMs);
    assert.equal(view(scene, taskId).status, 'ACTIVE');
    scene.globus.setClockOffset(72.1 * hourMs);
    assert.equal(view(scene, taskId).fatalErrorCode, 'EXPIRED');
  });

  test('at a deadline of its own, whatever has arrived since', async () => {
    const scene = await start();
    await scene.write('a.tif', 'a');
    const deadline = new Date(Date.now() + 10 * hourMs).toISOString();
    const taskId = await scene.start({ deadline, DATA: [fileItem('/a.tif'), fileItem('/never.tif')] });
    await until(scene, taskId, (task) => task.faults > 0 && task.filesTransferred === 1);
    scene.globus.setClockOffset(10.1 * hourMs);
    assert.equal(view(scene, taskId).fatalErrorCode, 'EXPIRED');
  });

  test('not while it is queued without an error', async () => {
    const scene = await start({ maxRunningTasks: 0 });
    const taskId = await scene.start({ DATA: [fileItem('/a.tif')] });
    scene.globus.setClockOffset(100 * hourMs);
    assert.equal(view(scene, taskId).status, 'ACTIVE');
  });

  test('90 days after it was paused, 24 hours after the pause ended', async () => {
    const scene = await start();
    const [paused, resumed] = [
      await scene.start({ DATA: [fileItem('/never.tif')] }),
      await scene.start({ DATA: [fileItem('/nor.tif')] }),
    ];
    for (const taskId of [paused, resumed]) {
      await until(scene, taskId, (task) => task.faults > 0);
      scene.globus.pause(taskId);
    }
    scene.globus.setClockOffset(89 * 24 * hourMs);
    scene.globus.resume(resumed);
    scene.globus.setClockOffset(89 * 24 * hourMs + 24.1 * hourMs);
    assert.deepEqual(
      [view(scene, paused).status, view(scene, resumed).fatalErrorCode],
      ['FAILED', 'EXPIRED'],
    );
  });
});

describe('Globus tells of a task', () => {
  let scene: Scene;
  beforeEach(async () => {
    scene = await startScene();
  });
  afterEach(() => scene.stop());

  test('which file of which collection is in trouble', async () => {
    await scene.write('a.tif', 'a');
    scene.globus.spoilFiles(/a\.tif$/, { code: 'PERMISSION_DENIED', description: 'no', side: 'destination' });
    const taskId = await scene.start({ DATA: [fileItem('/a.tif', '/received/a.tif')] });
    await until(scene, taskId, (task) => task.faults > 0);
    const events = await scene.get(`/v0.10/task/${taskId}/event_list?filter=is_error:1&limit=1`);
    const details = z.object({ DATA: z.array(z.object({ details: z.string() })) }).parse(events.body);
    assert.match(details.DATA[0]?.details ?? '', /^Endpoint: destination \(2{8}-/m);
    assert.match(details.DATA[0]?.details ?? '', /^File: \/received\/a\.tif$/m);
    scene.globus.mendFiles();
    assert.equal((await scene.globus.ended(taskId)).status, 'SUCCEEDED');
  });

  test('why it is paused: by a rule of the collection, or by hand', async () => {
    const taskId = await scene.start({ DATA: [fileItem('/never.tif')] });
    const pauseInfo = async () => (await scene.get(`/v0.10/task/${taskId}/pause_info`)).body;
    scene.globus.pause(taskId, { by: 'rule', side: 'source', message: 'Maintenance' });
    assert.match(
      JSON.stringify(await pauseInfo()),
      /"message":"Maintenance".*"endpoint_display_name":"source"/,
    );
    scene.globus.pause(taskId, { by: 'task', side: 'destination', message: 'Too big' });
    assert.equal((await pauseInfo()).destination_pause_message, 'Too big');
    scene.globus.resume(taskId);
    assert.deepEqual((await pauseInfo()).pause_rules, []);
  });

  test('that a quota ended it, where it was asked to fail then', async () => {
    await scene.write('a.tif', 'a');
    scene.globus.spoilFiles(/./, { code: 'QUOTA_EXCEEDED', description: 'full', side: 'destination' });
    const waits = await scene.start({ DATA: [fileItem('/a.tif')] });
    const fails = await scene.start({ fail_on_quota_errors: true, DATA: [fileItem('/a.tif', '/b.tif')] });
    assert.equal((await scene.globus.ended(fails)).fatalErrorCode, 'QUOTA_EXCEEDED');
    assert.equal(scene.globus.task(waits)?.status, 'ACTIVE');
  });
});

const hourMs = 3_600_000;

async function niceStatus({ get }: Scene, taskId: string): Promise<unknown> {
  return (await get(`/v0.10/task/${taskId}`)).body.nice_status;
}
