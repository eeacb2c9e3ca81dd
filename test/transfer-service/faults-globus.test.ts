// More faults of Globus, through the whole service: those that last, and those that only a person can mend.
import assert from 'node:assert/strict';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { waitFor } from '../end-to-end/wait-for.ts';
import type { Trouble } from '../simulators/globus/task.ts';
import { startOldTransfer } from '../simulators/old-service.ts';
import { jobIdOf, type Scene, startScene } from './scene.ts';

const json = { 'content-type': 'application/json' };

describe('Globus wants more of a token', { concurrency: 3 }, () => {
  it('a missing consent is asked for with the scopes that Globus names, and the transfer goes on', async (t) => {
    const scene = await startScene(t, {
      edit: (text) =>
        text.replaceAll(
          /^( {4}collection: .*)$/gm,
          '$1\n    scopes: ["urn:globus:auth:scope:transfer.api.globus.org:all"]',
        ),
    });
    await scene.until(jobIdOf(await scene.request()), 'finished');
    const submits = requestsTo(scene, 'POST', /\/transfer$/);
    // Each end of the transfer misses one, so there are two refusals before it is taken.
    assert.deepEqual(
      submits.map(({ status }) => status),
      [403, 403, 200],
    );
  });

  it('a scope that is unknown holds up its facility alone, and says so', async (t) => {
    const config = `
  - name: FAC-C
    collection: 99999999-9999-4999-8999-999999999999
    accessValue: FAC-B
    destinationPath: '/c/{{ .RelativeSourceFolder }}'
`;
    const scene = await startScene(t, { config: config.slice(1) });
    const stuck = jobIdOf(await scene.request({ destFacility: 'FAC-C' }));
    await scene.until(jobIdOf(await scene.request()), 'finished');
    await untilMessage(scene, stuck, /waits for globus.*the destination FAC-C: .*99999999.*misconfigured/);
    assert.equal(scene.facility.globus.tasks().length, 1);
    const ready = await scene.askOperations('/health/ready');
    assert.equal(ready.status, 200, ready.text);
  });
});

describe('Globus refuses a submit', { concurrency: 3 }, () => {
  for (const [code, status] of [
    ['EndpointNotFound', 404],
    ['AuthPolicyFailed', 403],
    ['ClientError.BadRequest', 400],
  ] as const) {
    it(`${status} ${code} is failed, with whom to ask, and nothing runs`, async (t) => {
      const scene = await startScene(t);
      const fault = {
        kind: 'status',
        status,
        headers: json,
        body: { code, message: 'not like this' },
      } as const;
      scene.facility.globus.faults.add({ method: 'POST', path: /\/transfer$/, fault });
      const jobId = jobIdOf(await scene.request());
      const { message, reason } = await scene.until(jobId, 'failed');
      assert.equal(reason, 'submission_refused');
      assert.match(String(message), new RegExp(`${code}.*not like this.*administrators`));
      assert.equal(scene.facility.globus.tasks().length, 0);
    });
  }

  it('409 for paths that another task has: waits for that one, then goes on', async (t) => {
    const scene = await startScene(t);
    const { globus, datasets } = scene.facility;
    globus.setBytesPerSecond(1);
    const other = await startOldTransfer(scene.facility, datasets.run7, { hasNoJob: true });
    const jobId = jobIdOf(await scene.request());
    await untilMessage(scene, jobId, /waits for globus.*busy/);
    globus.cancel(other.taskId);
    globus.setBytesPerSecond(Number.POSITIVE_INFINITY);
    // Else it would look again in half a minute.
    await scene.restart();
    await scene.until(jobId, 'finished');
    assert.equal(globus.tasks().length, 2);
  });

  it('409 for too many tasks of this account: waits for a place, then goes on', async (t) => {
    const scene = await startScene(t, { facility: { globus: { maxPendingTasks: 1 } } });
    const { globus, datasets } = scene.facility;
    globus.setBytesPerSecond(1);
    const options = { hasNoJob: true, destinationFolder: '/received/other' };
    const other = await startOldTransfer(scene.facility, datasets.run7, options);
    const jobId = jobIdOf(await scene.request());
    await untilMessage(scene, jobId, /waits for globus.*busy/);
    globus.cancel(other.taskId);
    globus.setBytesPerSecond(Number.POSITIVE_INFINITY);
    await scene.restart();
    await scene.until(jobId, 'finished');
  });
});

describe('Globus does not answer', { concurrency: 3 }, () => {
  for (const kind of ['hang', 'answer_lost'] as const) {
    it(`a submit (${kind}) is repeated with the same submission id, and is one task`, async (t) => {
      const scene = await startScene(t, {
        edit: (text) => text.replace('itemsPerTask: 2', 'itemsPerTask: 2, timeoutMs: 500'),
      });
      const { globus } = scene.facility;
      globus.faults.add({ method: 'POST', path: /\/transfer$/, times: 1, fault: { kind } });
      await scene.until(jobIdOf(await scene.request()), 'finished');
      assert.equal(requestsTo(scene, 'POST', /\/transfer$/).length, 2);
      assert.equal(globus.tasks().length, 1);
    });
  }
});

describe('a file that is not there', () => {
  it('shows what Globus says and how often, and goes on when it is', async (t) => {
    const scene = await startScene(t);
    const { source, datasets } = scene.facility;
    const missing = join(source.folder, datasets.run7.relativeFolder, 'a.tif');
    await rm(missing);
    const fileList = datasets.run7.files.map(({ path }) => ({ path }));
    const jobId = jobIdOf(await scene.request({}, { body: JSON.stringify({ fileList }) }));
    const faults = await untilMessage(scene, jobId, /meets errors and tries again.*\(\d+ so far\)/);
    await waitFor('the faults grow', async () => Number((await view(scene, jobId)).faults) > faults);
    await writeFile(missing, Buffer.alloc(2_000_000));
    await scene.until(jobId, 'finished');
  });
});

describe('what Globus tells of a task in trouble', { concurrency: 3 }, () => {
  const spoiled = async (t: TestContext, trouble: Trouble) => {
    const scene = await startScene(t);
    const { globus } = scene.facility;
    globus.spoilFiles(/a\.tif$/, trouble);
    return { scene, globus, jobId: jobIdOf(await scene.request()) };
  };

  for (const [side, said] of [
    ['source', /may not read \/p1\/run7\/a\.tif at the source FAC-A .*administrators of FAC-A/],
    ['destination', /may not write \/received\/p1\/run7\/a\.tif at the destination FAC-B .* of FAC-B/],
  ] as const) {
    it(`names the file and the facility: the ${side}, in the answer, the job and the log`, async (t) => {
      const trouble = { code: 'PERMISSION_DENIED', description: 'no', side };
      const { scene, globus, jobId } = await spoiled(t, trouble);
      await untilMessage(scene, jobId, said);
      await waitFor('the job says so', async () =>
        said.test(String(scene.facility.scicat.job(jobId)?.statusMessage)),
      );
      const logged = scene
        .logged()
        .split('\n')
        .filter((line) => line.includes('a task meets errors'));
      assert.equal(logged.length, 1);
      assert.match(logged[0] ?? '', new RegExp(`"side":"${side}".*a\\.tif`));
      globus.mendFiles();
      await scene.until(jobId, 'finished');
      const asked = requestsTo(scene, 'GET', /\/event_list$/).length;
      assert.ok(asked <= 2, `${asked} requests for events`);
    });
  }

  it('is a full disk: the transfer fails, and says who can make room', async (t) => {
    const trouble = { code: 'QUOTA_EXCEEDED', description: 'full', side: 'destination' } as const;
    const { scene, jobId } = await spoiled(t, trouble);
    const { reason, message } = await scene.until(jobId, 'failed');
    assert.equal(reason, 'task_failed');
    assert.match(String(message), /no space left at the destination FAC-B .*FAC-B can raise its quota/);
  });

  it('is the message of a pause rule', async (t) => {
    const scene = await startScene(t);
    const { globus } = scene.facility;
    globus.setBytesPerSecond(1);
    const jobId = jobIdOf(await scene.request());
    await waitFor('it is at Globus', async () => globus.tasks().length === 1);
    const taskId = globus.tasks()[0]?.taskId ?? '';
    globus.pause(taskId, { by: 'rule', side: 'destination', message: 'Maintenance until Monday' });
    const said = /paused at Globus by an administrator of FAC-B: "Maintenance until Monday"/;
    await untilMessage(scene, jobId, said);
    await waitFor('the job says so', async () =>
      said.test(String(scene.facility.scicat.job(jobId)?.statusMessage)),
    );
    assert.match(scene.logged(), /"Maintenance until Monday".*"a task is paused"/);
    assert.equal(requestsTo(scene, 'GET', /\/pause_info$/).length, 1);
    globus.resume(taskId);
    globus.setBytesPerSecond(Number.POSITIVE_INFINITY);
    await scene.until(jobId, 'finished');
  });

  it('is a consent that no token brings: the scope and the facility are named', async (t) => {
    const scene = await startScene(t);
    const { globus, source } = scene.facility;
    const scope = `urn:globus:auth:scope:transfer.api.globus.org:all[*https://auth.globus.org/scopes/${source.collectionId}/data_access]`;
    const body = {
      ...{ code: 'ConsentRequired', message: 'Missing required data_access consent' },
      authorization_parameters: { required_scopes: [scope] },
    };
    globus.faults.add({
      method: 'POST',
      path: /\/transfer$/,
      fault: { kind: 'status', status: 403, headers: json, body },
    });
    const { message, reason } = await scene.until(jobIdOf(await scene.request()), 'failed');
    assert.equal(reason, 'submission_refused');
    assert.ok(
      String(message).includes(`no consent for the source FAC-A: ${scope} is missing`),
      String(message),
    );
  });
});

function requestsTo({ facility }: Scene, method: string, path: RegExp) {
  return facility.globus.requests.filter((one) => one.method === method && path.test(one.path));
}

async function view(scene: Scene, jobId: string) {
  return (await scene.ask('GET', `/transfer/${jobId}`)).json;
}

/** @returns the faults by then. */
async function untilMessage(scene: Scene, jobId: string, message: RegExp): Promise<number> {
  let faults = 0;
  await waitFor(`${jobId} says ${message}`, async () => {
    const shown = await view(scene, jobId);
    faults = Number(shown.faults);
    return message.test(String(shown.message));
  });
  return faults;
}
