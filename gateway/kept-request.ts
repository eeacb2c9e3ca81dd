// What stays in memory of a request that was refused: no credential, cookie or query, and little that the client wrote.
// Pure.
import { ownCopy } from '../platform/own-copy.ts';
import { valuesOf } from './proxies/headers.ts';
import type { ForwardedRequest, RawHeaders } from './types.ts';

export type Kept = {
  readonly request: ForwardedRequest;
  /** It has the beginning of the path alone. */
  readonly isCut: boolean;
};

/** Of a path, and of a detail. */
export const maxKeptLength = 2048;

/** Without secrets, and in texts of its own. What rules are matched by stays: whether it is a preflight, and of what. */
export function keep(request: ForwardedRequest): Kept {
  const { method, host, clientAddress, namedApp, namedGroups } = request;
  const path = request.target.split('?', 1)[0] ?? '';
  const kept = {
    ...request,
    headers: preflightOf(request.headers),
    target: ownCopy(path.slice(0, maxKeptLength)),
    method: method === undefined ? undefined : ownCopy(method),
    host: { ...host, name: ownCopy(host.name) },
    clientAddress: clientAddress === undefined ? undefined : ownCopy(clientAddress),
    namedApp: namedApp === undefined ? undefined : ownCopy(namedApp),
    namedGroups: namedGroups?.map(ownCopy),
    requestId: ownCopy(request.requestId),
  };
  return { request: kept, isCut: path.length > maxKeptLength };
}

/** Longer than any method that is announced: a longer one announces nothing, with its beginning as well. */
const maxMethodLength = 41;

/** Whether each stands there once, and which method is announced; the origin itself says nothing. */
function preflightOf(headers: RawHeaders): RawHeaders {
  const origins = valuesOf(headers, 'origin').slice(0, 2);
  const announced = valuesOf(headers, 'access-control-request-method').slice(0, 2);
  return [
    ...origins.flatMap(() => ['origin', '']),
    ...announced.flatMap((method) => [
      'access-control-request-method',
      ownCopy(method.slice(0, maxMethodLength)),
    ]),
  ];
}
