// The official client drives the simulator: a defect here is one that every other test of Globus would hide.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { z } from 'zod';
import { describeWith, findPart, globusSdk } from '../../real-parts/find.ts';
import { type GlobusCollection, type GlobusSimulator, startGlobus } from './start.ts';

const script = fileURLToPath(new URL('official-client.py', import.meta.url));

const ids = {
  source: '3c3f1d0e-6f0a-4c55-9d7e-aaaaaaaaaaaa',
  destination: '8e0b6c52-7a1d-4f0b-8c3a-bbbbbbbbbbbb',
  forbidden: '0d5c2f7a-1b7e-4a52-9d0f-cccccccccccc',
  guest: '7b7c6c1e-2f0c-4e3f-8a55-dddddddddddd',
  strict: '1a2b3c4d-5e6f-4a7b-8c9d-eeeeeeeeeeee',
  resting: '2b3c4d5e-6f7a-4b8c-9d0e-ffffffffffff',
};

const transferScope = 'urn:globus:auth:scope:transfer.api.globus.org:all';
const consent = `${transferScope}[*https://auth.globus.org/scopes/${ids.source}/data_access]`;
const struck = [429, 500, 502, 503];

/** The client's class, status, code, whether there is a message, and the scopes that it found. */
const api = (status: number, code: string, scopes: readonly string[] | null = null) => [
  'TransferAPIError',
  ...[status, code, true, scopes],
];

const expected: Readonly<Record<string, unknown>> = {
  token: [transferScope, 'Bearer', null],
  'wrong secret': ['AuthAPIError', 401, 'INVALID_CREDENTIALS', true, null],
  'unknown scope': ['AuthAPIError', 400, 'UNKNOWN_SCOPE_ERROR', true, null],
  submit: ['Accepted', 'Duplicate', true],
  wait: true,
  task: {
    status: 'SUCCEEDED',
    files_transferred: 2,
    faults: 0,
    label: 'beamgate official',
    nice_status: null,
  },
  successful: 2,
  'identical paths': api(409, 'Conflict'),
  events: [[true, true]],
  event: ['FILE_NOT_FOUND', true],
  'not paused': [],
  paused: [['Maintenance until Monday', 'resting']],
  pause: ['ACTIVE', true, 'PAUSED'],
  deadline: ['2099-12-31T00:00:00+00:00', true],
  'deadline passed': api(400, 'ClientError.BadRequest'),
  open: [true],
  'by id': 2,
  'by label': ['never there'],
  'wrong filter': api(400, 'ClientError.BadRequest'),
  page: [1, 4, 1, 1],
  'all pages': 4,
  cancel: ['Canceled', 'TaskComplete'],
  cancelled: ['FAILED', 'CANCELED', null],
  'no such task': api(404, 'ClientError.NotFound'),
  'no such endpoint': api(404, 'EndpointNotFound'),
  permission: api(403, 'PermissionDenied'),
  policy: api(403, 'AuthPolicyFailed'),
  'local user of a guest': api(400, 'ClientError.BadRequest'),
  consent: api(403, 'ConsentRequired', [consent]),
  'invented submission id': api(400, 'ClientError.BadRequest'),
  'no items': api(400, 'ClientError.BadRequest.NoTransferItems'),
  'wrong token': api(401, 'ClientError.AuthenticationFailed'),
  ...Object.fromEntries(struck.map((status) => [`struck ${status}`, api(status, `Struck${status}`)])),
  cut: 'NetworkError',
  lost: 'GlobusConnectionError',
  hangs: 'GlobusTimeoutError',
  'takes no connection': 'GlobusConnectionTimeoutError',
};

const otherService = 'an answer of a Globus service that this service does not use';
const beforeAsking = 'raised by the client itself, before anything is sent';

/** Of the exceptions that the client has, those that none of the above is, and why. */
const neverFromHere: Readonly<Record<string, string>> = {
  GlobusError: 'what all of them are',
  GlobusAPIError: 'what the answers of all services are',
  ComputeAPIError: otherService,
  FlowsAPIError: otherService,
  GCSAPIError: otherService,
  GroupsAPIError: otherService,
  SearchAPIError: otherService,
  TimersAPIError: otherService,
  GlobusSDKUsageError: beforeAsking,
  ValidationError: beforeAsking,
  ScopeParseError: beforeAsking,
  ScopeCycleError: beforeAsking,
  RemovedInV5Warning: 'about the code that calls the client',
};

describeWith([globusSdk], "Globus' own client, against the simulator", () => {
  let folder: string;
  let globus: GlobusSimulator;
  let findings: ReadonlyMap<string, unknown>;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'beamgate-official-'));
    for (const name of Object.keys(ids)) await mkdir(join(folder, name, 'run7'), { recursive: true });
    for (const file of ['a.tif', 'b.tif']) await writeFile(join(folder, 'source', 'run7', file), file);
    globus = await startGlobus({
      collections: collections(folder),
      requestsPerSecond: Number.POSITIVE_INFINITY,
    });
    strike(globus);
    findings = await runClient(globus);
  });

  after(async () => {
    await globus?.stop();
    if (folder !== undefined) await rm(folder, { recursive: true, force: true });
  });

  for (const [name, value] of Object.entries(expected)) {
    it(`agrees about ${name}`, () => assert.deepEqual(findings.get(name), value));
  }

  it('says nothing that is not expected', () => {
    assert.deepEqual([...findings.keys()].sort(), [...Object.keys(expected), 'exceptions'].sort());
  });

  it('has met every exception that the client has, but for those that no answer makes', () => {
    const exceptions = z.array(z.string()).parse(findings.get('exceptions'));
    const met = [...findings.values()].map((value) => (Array.isArray(value) ? value[0] : value));
    assert.deepEqual(
      exceptions.filter((name) => !met.includes(name)),
      Object.keys(neverFromHere).sort(),
    );
  });
});

function collections(folder: string) {
  const collection = (name: keyof typeof ids, more: Partial<GlobusCollection> = {}): GlobusCollection => ({
    ...{ id: ids[name], name, folder: join(folder, name), kind: 'mapped' },
    ...more,
  });
  return [
    collection('source'),
    collection('destination'),
    collection('forbidden', { isPermitted: false }),
    collection('guest', { kind: 'guest' }),
    collection('strict', { hasAuthenticationPolicy: true }),
    collection('resting', { pauseRule: 'Maintenance until Monday' }),
  ];
}

function strike({ faults }: GlobusSimulator): void {
  for (const status of struck) {
    const body = { code: `Struck${status}`, message: 'struck', request_id: 'x', resource: '/task/struck' };
    faults.add({ path: /task\/struck$/, times: 1, fault: { kind: 'status', status, body } });
  }
  faults.add({ path: /task\/cut$/, fault: { kind: 'cut_short' } });
  faults.add({ path: /task\/lost$/, fault: { kind: 'answer_lost' } });
  faults.add({ path: /task\/hangs$/, fault: { kind: 'hang' } });
}

const finding = z.object({ name: z.string(), value: z.unknown() });

async function runClient({ url, accounts }: GlobusSimulator): Promise<ReadonlyMap<string, unknown>> {
  const python = findPart(globusSdk);
  assert.ok(python !== undefined);
  const given = { ...ids, ...accounts[0], folder: '/run7', struck };
  const { stdout } = await promisify(execFile)(python, [script, JSON.stringify(given)], {
    env: { GLOBUS_SDK_SERVICE_URL_AUTH: url, GLOBUS_SDK_SERVICE_URL_TRANSFER: url },
    timeout: 60_000,
  });
  const lines = stdout.trim().split('\n');
  return new Map(
    lines.map((line) => {
      const { name, value } = finding.parse(JSON.parse(line));
      return [name, value];
    }),
  );
}
