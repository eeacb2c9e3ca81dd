import assert from 'node:assert/strict';
import { access, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { type Facility, startFacility } from './facility.ts';

describe('the facility', () => {
  let facility: Facility;
  before(async () => {
    facility = await startFacility({ fileBytes: 1000 });
  });
  after(() => facility.stop());

  test('has the files that SciCat lists, with the sizes that it says', async () => {
    const { run7 } = facility.datasets;
    for (const { path, size } of run7.files) {
      const content = await readFile(join(facility.source.folder, run7.relativeFolder, path));
      assert.equal(content.length, size);
    }
    // SciCat counts what the Ingestor listed: three files and the folder that two of them lie in.
    assert.equal(facility.scicat.dataset(run7.pid)?.numberOfFiles, 4);
    assert.deepEqual(
      run7.entries.map(({ path, perm }) => `${perm?.slice(0, 1)} ${path}`),
      ['- a.tif', 'd sub', '- sub/b.tif', '- sub/c d.tif'],
    );
    assert.equal(run7.sourceFolder, `${facility.collectionRootPath}/${run7.relativeFolder}`);
  });

  test('lets alice read her dataset, and not that of bob', async () => {
    const headers = { authorization: `Bearer ${await facility.scicat.tokenFor('alice')}` };
    const read = (pid: string) =>
      fetch(`${facility.scicat.url}/api/v3/datasets/${encodeURIComponent(pid)}`, { headers });
    assert.equal((await read(facility.datasets.run7.pid)).status, 200);
    assert.equal((await read(facility.datasets.bobs.pid)).status, 403);
  });

  test('leaves nothing behind', async () => {
    const other = await startFacility({ fileBytes: 10 });
    await other.stop();
    await assert.rejects(access(other.root));
    await assert.rejects(fetch(`${other.scicat.url}/api/v3/health`));
    await assert.rejects(fetch(`${other.globus.url}/v0.10/task_list`));
  });
});
