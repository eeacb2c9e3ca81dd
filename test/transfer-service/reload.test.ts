// Another configuration, and other secrets, in a service that runs.
import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { Secret } from '../../platform/config/secrets.ts';
import type { LoadedCredentials } from '../../transfer-service/config-credentials.ts';
import { waitFor } from '../end-to-end/wait-for.ts';
import type { Facility } from '../simulators/facility.ts';
import { credentialsOf, jobIdOf, type Scene, startScene } from './scene.ts';

const asIs = (text: string) => text;
const metrics = async (scene: Scene) => (await scene.askOperations('/metrics')).text;

describe('a reload of the configuration', () => {
  it('counts for the next request; what runs keeps what was authorised', async (t) => {
    const scene = await startScene(t);
    const { globus, source } = scene.facility;
    globus.setBytesPerSecond(1);
    const jobId = jobIdOf(await scene.request());
    await waitFor('it is at Globus', async () => globus.tasks().length === 1);
    await scene.reload((text) => text.replace(`- name: ${source.name}`, '- name: FAC-RENAMED'));
    assert.equal((await scene.request()).json.reason, 'unknown_facility');
    assert.match(scene.logged(), /"facilities":\["FAC-RENAMED","FAC-B"\].*configuration taken over/);
    assert.match(await metrics(scene), /beamgate_config_reloads_total\{result="taken"[^}]*\} 1/);
    globus.setBytesPerSecond(Number.POSITIVE_INFINITY);
    assert.equal((await scene.until(jobId, 'finished')).reason, null);
  });

  it('with a mistake leaves the old one, and says so', async (t) => {
    const scene = await startScene(t);
    for (const bad of [
      (text: string) => text.replace('direction: DST', 'direction: SIDEWAYS'),
      (text: string) => text.replace(/^callers:.*\n/m, ''),
      () => '{',
    ]) {
      await scene.reload(bad);
      assert.match(await metrics(scene), /beamgate_config_is_current\{[^}]*\} 0/);
    }
    assert.match(
      scene.logged(),
      /scene\.yaml:\d+ facilities\[1\]\.direction.*configuration refused, the old one stays/,
    );
    assert.match(scene.logged(), /callers: missing.*configuration refused/);
    assert.match(await metrics(scene), /beamgate_config_reloads_total\{result="refused"[^}]*\} 3/);
    await scene.until(jobIdOf(await scene.request()), 'finished');
    await scene.reload();
    assert.match(await metrics(scene), /beamgate_config_is_current\{[^}]*\} 1/);
  });

  it('names the keys that count from the next start on', async (t) => {
    const scene = await startScene(t);
    const other = {
      ...credentialsOf(scene.facility),
      globusClientId: '9d2b6f0c-9a41-4c8e-8f5e-1b7c3c1a0e11',
    };
    await scene.reload(
      (text) => text.replace('port: 8080', 'port: 8081').replace('transfers.sqlite', 'others.sqlite'),
      other,
    );
    assert.match(scene.logged(), /"needsRestart":\["port","database","GLOBUS_CLIENT_ID"\]/);
    // By the client it was started with: another one does not see its tasks.
    await scene.until(jobIdOf(await scene.request()), 'finished');
  });

  it('lets more tasks go to Globus at once, and fewer', async (t) => {
    const scene = await startScene(t, {
      config: 'task: { maxConcurrency: 1 }',
      edit: (text) => text.replace('itemsPerTask: 2', 'itemsPerTask: 1'),
    });
    const { globus, datasets } = scene.facility;
    globus.setBytesPerSecond(1);
    const fileList = datasets.run7.files.map(({ path }) => ({ path, isSymlink: false }));
    assert.ok(fileList.length > 1);
    await scene.request({}, { body: JSON.stringify({ fileList }) });
    await waitFor('one is at Globus', async () => globus.tasks().length === 1);
    await scene.reload((text) => text.replace('maxConcurrency: 1', 'maxConcurrency: 3'));
    await waitFor('another is too', async () => globus.tasks().length > 1);
  });

  it('keeps the token where nothing of Globus has changed', async (t) => {
    const scene = await startScene(t);
    await scene.until(jobIdOf(await scene.request()), 'finished');
    await scene.reload(asIs);
    const tokens = () => scene.facility.globus.requests.filter(({ path }) => path.endsWith('/token')).length;
    const before = tokens();
    await scene.until(jobIdOf(await scene.request({ autoArchive: 'false' })), 'finished');
    assert.equal(tokens(), before);
  });
});

describe('a secret that is replaced', () => {
  /** As a file that is read at each look. */
  async function start(t: TestContext) {
    let read: ((facility: Facility) => LoadedCredentials) | undefined;
    const scene: Scene = await startScene(t, {
      readCredentials: () => {
        assert.ok(read !== undefined, 'nobody had to read it');
        return read(scene.facility);
      },
    });
    return { scene, replace: (by: typeof read) => (read = by) };
  }

  it('at Globus is read again once the old one is refused', async (t) => {
    const { scene, replace } = await start(t);
    const { globus, globusAccount } = scene.facility;
    await scene.until(jobIdOf(await scene.request()), 'finished');
    replace((facility) => ({
      ok: true,
      value: { ...credentialsOf(facility), globusClientSecret: new Secret('a test', 'another') },
    }));
    globus.setSecret(globusAccount.clientId, 'another');
    globus.expireTokens();
    globus.setBytesPerSecond(Number.POSITIVE_INFINITY);
    const repeated = await scene.request({ autoArchive: 'false', destFacility: 'FAC-B' });
    await scene.until(jobIdOf(repeated), 'finished');
    assert.doesNotMatch(scene.logged(), /"another"/);
  });

  it('at SciCat is read again once the old one is refused', async (t) => {
    const { scene, replace } = await start(t);
    const { scicat } = scene.facility;
    replace((facility) => ({
      ok: true,
      value: { ...credentialsOf(facility), scicatPassword: new Secret('a test', 'another') },
    }));
    const { svcAdmin } = scene.facility.accounts;
    const groups = ['admin', 'jobdeleters'];
    scicat.addUser({ username: svcAdmin.username, password: 'another', email: 'svc@your.site', groups });
    await scene.until(jobIdOf(await scene.request()), 'finished');
  });

  it('counts at once with a reload: what was hindered goes on', async (t) => {
    const scene = await startScene(t);
    const { globus, globusAccount } = scene.facility;
    globus.setSecret(globusAccount.clientId, 'another');
    const jobId = jobIdOf(await scene.request());
    await waitFor('it is hindered', async () =>
      /globus-auth.*misconfigured/.test(String((await scene.ask('GET', `/transfer/${jobId}`)).json.message)),
    );
    await scene.reload(asIs, {
      ...credentialsOf(scene.facility),
      globusClientSecret: new Secret('a test', 'another'),
    });
    // Else the refusal would stand for half a minute, and the transfer wait for a minute.
    await scene.until(jobId, 'finished');
  });

  it('that cannot be read stays as it was, and the log says why', async (t) => {
    const { scene, replace } = await start(t);
    const { globus, globusAccount } = scene.facility;
    const message = 'the file /run/secret cannot be read (ENOENT)';
    const mistake = { file: 'environment', line: 1, path: ['GLOBUS_CLIENT_SECRET_FILE'], message };
    replace(() => ({ ok: false, mistakes: [mistake] }));
    globus.setSecret(globusAccount.clientId, 'another');
    await scene.request();
    await waitFor('the log says so', async () => /ENOENT.*could not be read again/.test(scene.logged()));
  });
});
