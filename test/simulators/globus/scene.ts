// For the simulator's own tests: Globus with two folders and a client that has a token.
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { isRecord } from '../http/exchange.ts';
import { dataAccessScope, transferScope } from './scopes.ts';
import { type GlobusOptions, type GlobusSimulator, startGlobus } from './start.ts';

export const sourceId = '11111111-1111-4111-8111-111111111111';
export const destinationId = '22222222-2222-4222-8222-222222222222';

export type Reply = {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Readonly<Record<string, unknown>>;
};

export type Scene = {
  readonly globus: GlobusSimulator;
  readonly root: string;
  readonly sourceFolder: string;
  readonly destinationFolder: string;
  write(path: string, content: string | Buffer): Promise<void>;
  askForToken(scope: string, secret?: string): Promise<Reply>;
  get(path: string): Promise<Reply>;
  post(path: string, body?: unknown): Promise<Reply>;
  /** A whole submit with a new submission id. */
  submit(change?: Readonly<Record<string, unknown>>): Promise<Reply>;
  /** As `submit`, where it has to be accepted; @returns the task's id. */
  start(change?: Readonly<Record<string, unknown>>): Promise<string>;
  stop(): Promise<void>;
};

export const bothScopes = `${transferScope}[*${dataAccessScope(sourceId)} *${dataAccessScope(destinationId)}]`;

export function fileItem(
  source_path: string,
  destination_path = source_path,
): Readonly<Record<string, unknown>> {
  return { DATA_TYPE: 'transfer_item', source_path, destination_path, recursive: false };
}

export function folderItem(
  source_path: string,
  destination_path = source_path,
): Readonly<Record<string, unknown>> {
  return { ...fileItem(source_path, destination_path), recursive: true };
}

export async function startScene(options: Omit<GlobusOptions, 'collections'> = {}): Promise<Scene> {
  const root = await mkdtemp(join(tmpdir(), 'beamgate-globus-'));
  const [sourceFolder, destinationFolder] = [join(root, 'source'), join(root, 'destination')];
  await Promise.all([mkdir(sourceFolder), mkdir(destinationFolder)]);
  const globus = await startGlobus({
    requestsPerSecond: Number.POSITIVE_INFINITY,
    retryIntervalMs: 5,
    ...options,
    collections: [
      { id: sourceId, name: 'source', folder: sourceFolder, kind: 'mapped' },
      { id: destinationId, name: 'destination', folder: destinationFolder, kind: 'mapped' },
    ],
  });
  const askForToken = (scope: string, secret?: string) => requestToken(globus, scope, secret);
  const token = (await askForToken(bothScopes)).body.access_token;
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
  const get = (path: string) => reply(fetch(globus.url + path, { headers }));
  const post = (path: string, body?: unknown) =>
    reply(fetch(globus.url + path, { method: 'POST', headers, body: JSON.stringify(body) ?? null }));
  const submit = async (change: Readonly<Record<string, unknown>> = {}) => {
    const { body } = await get('/v0.10/submission_id');
    return post('/v0.10/transfer', { ...transferDocument(body.value), ...change });
  };
  return {
    ...{ globus, root, sourceFolder, destinationFolder, askForToken, get, post, submit },
    async write(path, content) {
      await mkdir(dirname(join(sourceFolder, path)), { recursive: true });
      await writeFile(join(sourceFolder, path), content);
    },
    async start(change) {
      const { status, body } = await submit(change);
      if (status !== 200) throw new Error(`submit was answered ${status} ${JSON.stringify(body)}`);
      return String(body.task_id);
    },
    async stop() {
      await globus.stop();
      await rm(root, { recursive: true, force: true });
    },
  };
}

export function transferDocument(submissionId: unknown): Readonly<Record<string, unknown>> {
  return {
    DATA_TYPE: 'transfer',
    submission_id: submissionId,
    source_endpoint: sourceId,
    destination_endpoint: destinationId,
    label: 'a label',
    sync_level: null,
    verify_checksum: true,
    DATA: [fileItem('/a.tif')],
  };
}

function requestToken(
  { authUrl, accounts }: GlobusSimulator,
  scope: string,
  secret?: string,
): Promise<Reply> {
  const account = accounts[0];
  const pair = `${account?.clientId}:${secret ?? account?.clientSecret}`;
  return reply(
    fetch(`${authUrl}/v2/oauth2/token`, {
      method: 'POST',
      headers: { authorization: `Basic ${Buffer.from(pair).toString('base64')}` },
      body: new URLSearchParams({ grant_type: 'client_credentials', scope }),
    }),
  );
}

async function reply(answering: Promise<Response>): Promise<Reply> {
  const answer = await answering;
  const body: unknown = await answer.json();
  return { status: answer.status, headers: answer.headers, body: isRecord(body) ? body : {} };
}
