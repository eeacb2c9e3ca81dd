// The strict client that existing programs were generated from, against `beamgate globus-proxy` with an old file: every
// response decodes, and its message reaches the caller.
import assert from 'node:assert/strict';
import { after, before, it } from 'node:test';
import { waitFor } from '../end-to-end/wait-for.ts';
import { describeWith, goClient } from '../real-parts/find.ts';
import { type Decoded, type GoCall, type GoClient, startGoClient } from '../real-parts/go-client.ts';
import { type AdoptScene, openAdoptScene } from './adopt-scene.ts';

const json = { 'content-type': 'application/json' };

describeWith([goClient], 'the generated client of the old service', () => {
  let scene: AdoptScene;
  let client: GoClient;
  let token = '';

  before(async () => {
    scene = await openAdoptScene();
    scene.facility.globus.setBytesPerSecond(Number.POSITIVE_INFINITY);
    await scene.serve();
    client = startGoClient();
    token = await scene.facility.scicat.tokenFor('alice');
  });
  after(async () => {
    client?.stop();
    await scene?.stop();
  });

  const call = (asked: Partial<GoCall>) =>
    client.call({ method: 'post', baseUrl: `http://127.0.0.1:${scene.port}`, token, ...asked });
  const usual = () => ({
    sourceFacility: 'FAC-A',
    destFacility: 'FAC-B',
    scicatPid: scene.facility.datasets.run7.pid,
    collectionRootPath: '/data',
  });
  const post = (params: Readonly<Record<string, string | boolean>> = {}, asked: Partial<GoCall> = {}) =>
    call({ params: { ...usual(), ...params }, ...asked });
  const isRefused = (answer: Decoded, statuses: readonly number[], message: RegExp) => {
    assert.equal(answer.error, '');
    assert.ok(statuses.includes(answer.status), JSON.stringify(answer));
    assert.match(answer.message ?? '', message);
  };

  it('reads the version', async () => {
    const answer = await call({ method: 'version', token: '' });
    assert.deepEqual([answer.status, answer.error], [200, '']);
    assert.match(answer.version ?? '', /^\d/);
  });

  it('moves a dataset by the list of its walk and archives it, as it did without a word about that', async () => {
    const { scicat, datasets } = scene.facility;
    const files = datasets.run7.entries.map(({ path }) => ({ path, isSymlink: false }));
    const answer = await post({}, { files });
    assert.deepEqual([answer.status, answer.error], [200, '']);
    const jobId = answer.jobId ?? '';
    assert.ok(['001', '002', '003'].includes(scicat.job(jobId)?.statusCode ?? ''));
    await waitFor('it has finished', () => scicat.job(jobId)?.statusCode === '003');
    assert.equal(scicat.job(jobId)?.jobResultObject.filesTotal, datasets.run7.files.length);
    await waitFor('it is archived', () => scicat.jobs().some(({ type }) => type === 'archive'));
    const cancelled = await call({ method: 'delete', jobId });
    assert.deepEqual([cancelled.status, cancelled.error], [200, '']);
  });

  const refusals: Readonly<
    Record<
      string,
      readonly [params: Record<string, string>, asked: Partial<GoCall>, statuses: number[], message: RegExp]
    >
  > = {
    'no token': [{}, { token: '' }, [401], /./],
    'a token that is none': [{}, { token: 'x' }, [401], /./],
    'a forged token': [{}, { token: 'eyJhbGciOiJIUzI1NiJ9.e30.x' }, [401], /./],
    'an unknown facility': [{ sourceFacility: 'NOWHERE' }, {}, [400], /NOWHERE/],
    'a wrong direction': [{ sourceFacility: 'FAC-B', destFacility: 'FAC-A' }, {}, [403], /FAC-A/],
    'an unknown dataset': [{ scicatPid: '20.500.12345/none' }, {}, [400], /20\.500\.12345\/none/],
    'an empty parameter': [{ collectionRootPath: '' }, {}, [400], /collectionRootPath/],
    'a root that climbs': [{ collectionRootPath: '/data/../etc' }, {}, [400], /collectionRootPath/],
    'a file that climbs': [{}, { files: [{ path: '../x', isSymlink: false }] }, [400], /path/],
    'a file twice': [{}, { files: ['a', 'a'].map((path) => ({ path, isSymlink: false })) }, [400], /twice/],
    'an empty list': [{}, { files: [] }, [400], /empty/],
  };
  for (const [name, [params, asked, statuses, message]] of Object.entries(refusals))
    it(`reads why it was refused: ${name}`, async () => {
      isRefused(await post(params, asked), statuses, message);
    });

  it('reads why somebody else’s dataset is refused', async () => {
    isRefused(await post({ scicatPid: scene.facility.datasets.bobs.pid }), [403], /group/);
  });

  it('reads the detail of a refused path as a string', async () => {
    const answer = await post({}, { files: [{ path: 'a/../../x', isSymlink: false }] });
    assert.match(answer.details ?? '', /a\/\.\.\/\.\.\/x/);
  });

  it('reads why a job that nobody knows cannot be cancelled', async () => {
    isRefused(await call({ method: 'delete', jobId: 'unknown' }), [400], /unknown/);
    isRefused(await call({ method: 'delete', jobId: 'unknown', token: '' }), [401], /./);
  });

  it('reads from the gateway that nobody can say whose token it is, by POST and by DELETE', async () => {
    const { scicat } = scene.facility;
    const fresh = await scicat.tokenFor('bob');
    const fault = { kind: 'status', status: 502, headers: json, body: { message: 'gone' } } as const;
    scicat.faults.add({ method: 'GET', path: /\/users\/my\/identity/, times: 50, fault });
    try {
      isRefused(await post({}, { token: fresh }), [503], /./);
      isRefused(await call({ method: 'delete', jobId: 'x', token: fresh }), [500], /./);
    } finally {
      scicat.faults.clear();
    }
  });

  it('reads an outage of SciCat, by POST and by DELETE', async () => {
    const { scicat } = scene.facility;
    const fault = { kind: 'status', status: 502, headers: json, body: { message: 'gone' } } as const;
    scicat.faults.add({ method: 'GET', path: /\/datasets\//, times: 50, fault });
    isRefused(await post({ scicatPid: scene.facility.datasets.linked.pid }), [503], /not available/);
  });
});
