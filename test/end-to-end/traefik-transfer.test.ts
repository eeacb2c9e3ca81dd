// The main job through the real Traefik, with the files of traefik/ and config/: a transfer as the Ingestor asks for
// it, each refusal as its client can read it, and what somebody sees who looks on.
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { after, before, it } from 'node:test';
import { describeWith, traefik } from '../real-parts/find.ts';
import { type Client, createClient, field, type Told } from './ask.ts';
import { findDifferences } from './compare-files.ts';
import { createIngestor, type Ingestor, signIn, type TransferRequest } from './ingestor.ts';
import { type Site, startSite } from './site.ts';
import { waitFor } from './wait-for.ts';

describeWith([traefik], 'a transfer through the real Traefik', () => {
  let site: Site;
  let alice: Ingestor;
  let bob: Ingestor;
  let ask: Client;

  before(async () => {
    site = await startSite({
      facility: { fileBytes: 50_000, globus: { requestsPerSecond: Number.POSITIVE_INFINITY } },
    });
    alice = createIngestor(site, await signIn(site, site.facility.accounts.alice));
    bob = createIngestor(site, await signIn(site, site.facility.accounts.bob));
    ask = createClient({ scheme: site.proxy.scheme, port: site.proxy.port });
  });

  after(() => site?.stop());

  const request = (pid: string, changes: Partial<TransferRequest> = {}): TransferRequest => ({
    sourceFacility: 'FAC-A',
    destFacility: 'FAC-B',
    scicatPid: pid,
    collectionRootPath: site.facility.collectionRootPath,
    ...changes,
  });

  /** What the Ingestor's generated client can read: one of the statuses it knows, JSON, `message`. */
  function assertReadable(told: Told, status: number): void {
    assert.equal(told.status, status, told.body);
    assert.ok([400, 401, 403, 500, 503].includes(told.status));
    assert.match(String(told.headers['content-type']), /json/);
    assert.equal(typeof field(told, 'message'), 'string');
    assert.notEqual(field(told, 'message'), '');
  }

  async function jobOf(told: Told): Promise<string> {
    assert.equal(told.status, 200, told.body);
    const jobId = field(told, 'jobId');
    assert.ok(typeof jobId === 'string');
    return jobId;
  }

  /** A dataset of alice's that nothing has moved yet: what is there already is skipped, and done before a cancel. */
  function addRun9(): string {
    const folder = `${site.facility.source.folder}/p1/run9`;
    mkdirSync(folder);
    writeFileSync(`${folder}/a.tif`, Buffer.alloc(100_000, 'x'));
    return site.facility.scicat.addDataset({
      ownerGroup: 'p1',
      owner: 'alice',
      sourceFolder: '/data/p1/run9',
      files: [{ path: 'a.tif', size: 100_000 }],
    });
  }

  const isStatus = (who: Ingestor, jobId: string, status: string) => async () =>
    field(await who.readStatus(jobId), 'status') === status;

  it('moves the whole folder, and the SciCat job says so', async () => {
    const { run7 } = site.facility.datasets;
    const jobId = await jobOf(await alice.requestTransfer(request(run7.pid, { autoArchive: true })));
    await waitFor('the transfer has finished', isStatus(alice, jobId, 'finished'));
    const destination = `${site.facility.destination.folder}/p1/${run7.pid.split('/').at(-1)}`;
    const paths = run7.files.map(({ path }) => path);
    assert.deepEqual(await findDifferences(`${site.facility.source.folder}/p1/run7`, destination, paths), []);
    await waitFor('the job says so', () => site.facility.scicat.job(jobId)?.statusCode === '003');
    const job = site.facility.scicat.job(jobId);
    assert.equal(job?.type, 'globus_transfer_job');
    assert.equal(job?.ownerGroup, 'p1');
    assert.equal(job?.ownerUser, 'alice');
    assert.deepEqual(job?.jobParams.datasetList, [{ pid: run7.pid, files: [] }]);
    assert.equal(job?.jobResultObject.status, 'finished');
    assert.equal(job?.jobResultObject.filesTransferred, 3);
    const archive = site.facility.scicat.jobs().filter(({ type }) => type === 'archive');
    assert.equal(archive.length, 1);
    assert.equal(archive[0]?.jobParams.username, 'alice');
  });

  it('moves the files of a list', async () => {
    const { run7 } = site.facility.datasets;
    const jobId = await jobOf(
      await alice.requestTransfer(request(run7.pid, { files: ['a.tif', 'sub/c d.tif'] })),
    );
    // It is not all of the dataset: it ends, and the dataset is not marked by it.
    await waitFor('the transfer has ended', async () =>
      ['finished', 'failed'].includes(String(field(await alice.readStatus(jobId), 'status'))),
    );
    await waitFor('the job says so', () => site.facility.scicat.job(jobId)?.statusCode === '997');
  });

  it('moves no link that leads out of a dataset', async () => {
    const { linked } = site.facility.datasets;
    const jobId = await jobOf(await alice.requestTransfer(request(linked.pid)));
    await waitFor(
      'the transfer has ended',
      async () =>
        field(await alice.readStatus(jobId), 'status') !== 'waiting' &&
        field(await alice.readStatus(jobId), 'status') !== 'transferring',
    );
    assert.ok(
      !existsSync(`${site.facility.destination.folder}/p1/${linked.pid.split('/').at(-1)}/link-out.txt`),
    );
  });

  it('cancels, and the job says cancelled', async () => {
    site.facility.globus.setBytesPerSecond(1000);
    try {
      const jobId = await jobOf(await alice.requestTransfer(request(addRun9())));
      assertReadable(await bob.cancel(jobId), 403);
      assert.equal((await alice.cancel(jobId)).status, 200);
      await waitFor('it is cancelled', isStatus(alice, jobId, 'cancelled'));
      await waitFor('the job says so', () => site.facility.scicat.job(jobId)?.statusCode === '004');
    } finally {
      site.facility.globus.setBytesPerSecond(Number.POSITIVE_INFINITY);
    }
  });

  it('answers each refusal in JSON with a message, by a status that the Ingestor knows', async () => {
    const { run7, bobs } = site.facility.datasets;
    assertReadable(await createIngestor(site, undefined).requestTransfer(request(run7.pid)), 401);
    assertReadable(await createIngestor(site, 'garbage').requestTransfer(request(run7.pid)), 401);
    assertReadable(await createIngestor(site, '').requestTransfer(request(run7.pid)), 401);
    assertReadable(await bob.requestTransfer(request(bobs.pid)), 403);
    assertReadable(await alice.requestTransfer(request(bobs.pid)), 403);
    assertReadable(await alice.requestTransfer(request('20.500.12345/nope')), 400);
    assertReadable(await alice.requestTransfer(request(run7.pid, { sourceFacility: 'FAC-X' })), 400);
    assertReadable(
      await alice.requestTransfer(request(run7.pid, { sourceFacility: 'FAC-B', destFacility: 'FAC-A' })),
      403,
    );
    assertReadable(await alice.requestTransfer(request(run7.pid, { collectionRootPath: '/data/p1' })), 403);
    assertReadable(await alice.requestTransfer(request(run7.pid, { files: ['../p9/run1/a.tif'] })), 400);
    assertReadable(await alice.requestTransfer(request(run7.pid, { files: [] })), 400);
    assertReadable(await alice.cancel('00000000-0000-0000-0000-000000000000'), 400);
  });

  it('says that SciCat is down, and when to try again', async () => {
    site.facility.scicat.faults.add({ path: /\/datasets\//, fault: { kind: 'status', status: 500 } });
    try {
      const told = await alice.requestTransfer(request(site.facility.datasets.run7.pid));
      assertReadable(told, 503);
      assert.ok(Number(told.headers['retry-after']) > 0);
    } finally {
      site.facility.scicat.faults.clear();
    }
  });

  it('lists only what one may see', async () => {
    const base = { host: new URL(site.transferUrl).host, path: '/globus/transfer' };
    const aliceToken = await signIn(site, site.facility.accounts.alice);
    const bobToken = await signIn(site, site.facility.accounts.bob);
    const hers = await ask({ ...base, headers: ['SciCat-API-Key', aliceToken] });
    const his = await ask({ ...base, headers: ['SciCat-API-Key', bobToken] });
    assert.equal(hers.status, 200);
    assert.match(hers.body, /"transferId"/);
    assert.doesNotMatch(his.body, /"transferId"/);
  });

  it('serves version, description and documentation to anybody', async () => {
    const host = new URL(site.transferUrl).host;
    const version = await ask({ host, path: '/globus/version' });
    assert.equal(version.status, 200);
    assert.equal(field(version, 'version'), 'demo');
    assert.match((await ask({ host, path: '/globus/openapi.yaml' })).body, /^openapi:/);
    const docs = await ask({ host, path: '/globus/docs/index.html' });
    assert.equal(docs.status, 200);
    assert.match(docs.body, /swagger/i);
  });

  it('is believed by nobody who asks the service around the gateway', async () => {
    const forged = ['X-Auth-Username', 'alice', 'X-Auth-Groups', 'p1,FAC-A,FAC-B', 'X-Auth-Realm', 'scicat'];
    const around = createClient({ scheme: 'http', port: site.transferPort });
    const told = await around({
      method: 'POST',
      host: 'x',
      path: `/transfer?${new URLSearchParams({ sourceFacility: 'FAC-A' })}`,
      headers: forged,
    });
    assertReadable(told, 401);
    assert.equal(field(told, 'reason'), 'no_identity');
  });

  it('writes no token and no secret to either log', async () => {
    const log = [...site.gateway.log, ...site.transferLog].join('');
    for (const secret of [
      'eyJ',
      site.facility.globusAccount.clientSecret,
      site.facility.accounts.svcAdmin.password,
      'collectionRootPath=',
    ])
      assert.ok(!log.includes(secret), secret);
  });
});
