// Who asks Globus Transfer, how often, and which collections that account may use.
import type { Question } from '../http/exchange.ts';
import { TransferRefusal } from './refusals.ts';
import { dataAccessScope, transferScope } from './scopes.ts';
import type { Grant, Service } from './service.ts';
import type { GlobusCollection } from './types.ts';

/** @throws TransferRefusal 401 */
export function readGrant(service: Service, question: Question): Grant {
  const token = /^bearer +(\S+)$/i.exec(question.headers.authorization ?? '')?.[1];
  const grant = service.grants.get(token ?? '');
  if (grant !== undefined && service.now() < grant.expiresAtMs) return grant;
  throw new TransferRefusal(401, 'ClientError.AuthenticationFailed', 'Token is not active');
}

/** @throws TransferRefusal 404 EndpointNotFound, 403 PermissionDenied, 403 ConsentRequired */
export function findCollection(service: Service, grant: Grant, id: string): GlobusCollection {
  const collection = service.collections.get(id);
  if (collection === undefined) {
    throw new TransferRefusal(404, 'EndpointNotFound', `No such endpoint '${id}'`);
  }
  if (collection.isPermitted === false) {
    throw new TransferRefusal(403, 'PermissionDenied', `Permission denied on endpoint '${id}'`);
  }
  if (collection.kind !== 'mapped' || grant.dataAccess.has(id)) return collection;
  const required = `${transferScope}[*${dataAccessScope(id)}]`;
  throw new TransferRefusal(403, 'ConsentRequired', 'Missing required data_access consent', {
    details: { required_scopes: [required] },
  });
}

/** A bucket of one second's requests, filled evenly. */
export type RateLimit = {
  /** @throws TransferRefusal 429 */
  admit(clientId: string): void;
};

export function createRateLimit(requestsPerSecond: number): RateLimit {
  const buckets = new Map<string, { left: number; atMs: number }>();
  return {
    admit(clientId) {
      if (requestsPerSecond === Number.POSITIVE_INFINITY) return;
      const nowMs = performance.now();
      const bucket = buckets.get(clientId) ?? { left: requestsPerSecond, atMs: nowMs };
      const refilled = bucket.left + ((nowMs - bucket.atMs) / 1000) * requestsPerSecond;
      const left = Math.min(refilled, requestsPerSecond);
      buckets.set(clientId, { left: left < 1 ? left : left - 1, atMs: nowMs });
      if (left >= 1) return;
      throw new TransferRefusal(429, 'TooManyRequests', 'Too many requests', {
        headers: { 'retry-after': '1' },
      });
    },
  };
}
