// What the Ingestor does: signs in to SciCat, asks for a transfer through the proxy, and follows it.

import type { Account } from '../simulators/facility.ts';
import { type Client, createClient, field, type Told } from './ask.ts';
import type { Site } from './site.ts';

export type Ingestor = {
  /** `POST /transfer`, with the query and body of the generated client. */
  requestTransfer(request: TransferRequest): Promise<Told>;
  readStatus(jobId: string): Promise<Told>;
  cancel(jobId: string, query?: string): Promise<Told>;
};

export type TransferRequest = {
  readonly sourceFacility: string;
  readonly destFacility: string;
  readonly scicatPid: string;
  readonly collectionRootPath: string;
  readonly autoArchive?: boolean;
  readonly files?: readonly string[];
};

/** @param token `undefined` sends none. */
export function createIngestor(site: Site, token: string | undefined): Ingestor {
  const ask: Client = createClient({ scheme: site.proxy.scheme, port: site.proxy.port });
  const host = new URL(site.transferUrl).host;
  const base = new URL(site.transferUrl).pathname;
  const headers = token === undefined ? [] : ['SciCat-API-Key', token];
  return {
    requestTransfer: ({ files, autoArchive, ...query }) => {
      const parameters = new URLSearchParams({
        ...query,
        ...(autoArchive === true ? { autoArchive: 'true' } : {}),
      });
      const body =
        files === undefined
          ? undefined
          : JSON.stringify({ fileList: files.map((path) => ({ path, isSymlink: false })) });
      const type = body === undefined ? [] : ['Content-Type', 'application/json'];
      return ask({
        method: 'POST',
        host,
        path: `${base}/transfer?${parameters}`,
        headers: [...headers, ...type],
        ...(body === undefined ? {} : { body }),
      });
    },
    readStatus: (jobId) => ask({ host, path: `${base}/transfer/${jobId}`, headers }),
    cancel: (jobId, query = '') =>
      ask({ method: 'DELETE', host, path: `${base}/transfer/${jobId}${query}`, headers }),
  };
}

/** @returns a SciCat token, as its login gives it. */
export async function signIn(site: Site, { username, password }: Account): Promise<string> {
  const { port } = new URL(site.facility.scicat.url);
  const ask = createClient({ scheme: 'http', port: Number(port) });
  const told = await ask({
    method: 'POST',
    host: `127.0.0.1:${port}`,
    path: '/api/v3/auth/login',
    headers: ['Content-Type', 'application/json'],
    body: JSON.stringify({ username, password }),
  });
  const token = field(told, 'access_token');
  if (typeof token !== 'string')
    throw new Error(`SciCat answered the sign-in of ${username} with ${told.status}`);
  return token;
}
