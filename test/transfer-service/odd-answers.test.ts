// 200 with something that is no answer, by SciCat, by Globus, or by what stands between: to every call that the service
// makes. It is an outage, whatever the status says: it delays, and nothing is done twice or taken for done.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { startMovedScene } from './moved-scene.ts';

type Call = { readonly of: 'scicat' | 'globus'; readonly method: string; readonly path: RegExp };

const calls: Readonly<Record<string, Call>> = {
  'a login': { of: 'scicat', method: 'POST', path: /\/auth\/login$/ },
  'a dataset': { of: 'scicat', method: 'GET', path: /\/datasets\/[^/]*$/ },
  'a new job': { of: 'scicat', method: 'POST', path: /\/v4\/jobs$/ },
  'a report': { of: 'scicat', method: 'PATCH', path: /\/v4\/jobs\// },
  'a file list': { of: 'scicat', method: 'GET', path: /origdatablocks/ },
  'a mark': { of: 'scicat', method: 'PATCH', path: /datasetlifecycle/ },
  'a search for a job': { of: 'scicat', method: 'GET', path: /\/v4\/jobs\?/ },
  'an archive job': { of: 'scicat', method: 'POST', path: /\/v3\/jobs$/ },
  'a token': { of: 'globus', method: 'POST', path: /\/token$/ },
  'a submission id': { of: 'globus', method: 'GET', path: /submission_id/ },
  'a submit': { of: 'globus', method: 'POST', path: /\/transfer$/ },
  'a list of tasks': { of: 'globus', method: 'GET', path: /task_list/ },
  'a task': { of: 'globus', method: 'GET', path: /\/task\/[^/]*$/ },
};

const bodies: Readonly<Record<string, string>> = {
  'a page': '<html><body>Sign in</body></html>',
  nothing: '',
  null: 'null',
  'an empty object': '{}',
  'other words': '{"id":7,"value":null,"DATA":null,"task_id":[],"access_token":"","pid":{}}',
};

/** An object, or nothing, is what a version of SciCat may answer to a report; who reads the job sees the next one. */
const isAnAnswer = (call: string, body: string) =>
  call === 'a report' && ['nothing', 'an empty object', 'other words'].includes(body);

describe('200 with what is no answer', { concurrency: 2 }, () => {
  for (const [call, { of, ...rule }] of Object.entries(calls)) {
    it(`to ${call} delays, and is taken for nothing`, async (t) => {
      for (const [name, body] of Object.entries(bodies)) {
        if (isAnAnswer(call, name)) continue;
        const { scene, ...at } = await startMovedScene(t);
        const { scicat, globus } = scene.facility;
        const headers = { 'content-type': name === 'a page' ? 'text/html' : 'application/json' };
        const fault = { kind: 'status', status: 200, headers, body } as const;
        scene.facility[of].faults.add({ ...rule, times: 1, fault });
        let jobId = '';
        await at.until(`${name}: it is asked for`, async () => {
          const { status, json, text } = await at.during(scene.request({ autoArchive: 'true' }));
          // An empty document is how SciCat answers for a dataset that it cannot show: the dataset's fault.
          const isDatasets = call === 'a dataset' && name === 'nothing' && status === 400;
          assert.ok(status === 200 || status === 503 || isDatasets, `${name}: ${text}`);
          jobId = String(json.jobId ?? '');
          return jobId !== '';
        });
        await at.untilState(jobId, 'finished');
        await at.until(`${name}: the job says so`, () => scicat.job(jobId)?.statusCode === '003');
        assert.ok(
          scene.facility[of].requests.some((one) => one.fault === 'status'),
          `${name}: never struck`,
        );
        assert.equal(globus.tasks().length, 1, name);
        const types = scicat.jobs().map(({ type }) => type);
        assert.deepEqual(types.toSorted(), ['archive', 'globus_transfer_job'], name);
        assert.ok(scicat.isArchivable(scene.facility.datasets.run7.pid), name);
        await scene.stop();
      }
    });
  }
});
