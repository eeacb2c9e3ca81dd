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

/** @throws TransferRefusal 404 EndpointNotFound, 403 PermissionDenied, AuthPolicyFailed, ConsentRequired */
export function findCollection(service: Service, grant: Grant, id: string): GlobusCollection {
  const collection = service.collections.get(id);
  if (collection === undefined) {
    throw new TransferRefusal(404, 'EndpointNotFound', `No such endpoint '${id}'`);
  }
  if (collection.isPermitted === false) {
    throw new TransferRefusal(403, 'PermissionDenied', `Permission denied on endpoint '${id}'`);
  }
  if (collection.hasAuthenticationPolicy === true) throw authPolicyFailed();
  if (collection.kind !== 'mapped' || grant.dataAccess.has(id)) return collection;
  const required = `${transferScope}[*${dataAccessScope(id)}]`;
  throw new TransferRefusal(403, 'ConsentRequired', 'Missing required data_access consent', {
    details: { required_scopes: [required], authorization_parameters: { required_scopes: [required] } },
  });
}

/** It does not say which of the two collections has the policy. */
function authPolicyFailed(): TransferRefusal {
  const message = 'Failing collection authentication policy';
  return new TransferRefusal(403, 'AuthPolicyFailed', message, {
    details: {
      authorization_parameters: {
        session_message: message,
        session_required_policies: '9a3a5ab8-6c3f-4d0a-9b1e-7d2f1c0e5b44',
      },
    },
  });
}

/** Metered over ten seconds, so that short bursts pass. */
export type RateLimit = {
  /** @throws TransferRefusal 429 */
  admit(clientId: string): void;
};

const meteredMs = 10_000;

export function createRateLimit(requestsPerSecond: number): RateLimit {
  const admitted = new Map<string, readonly number[]>();
  const most = (requestsPerSecond * meteredMs) / 1000;
  return {
    admit(clientId) {
      if (requestsPerSecond === Number.POSITIVE_INFINITY) return;
      const nowMs = performance.now();
      const ofLate = (admitted.get(clientId) ?? []).filter((atMs) => nowMs - atMs < meteredMs);
      admitted.set(clientId, ofLate.length < most ? [...ofLate, nowMs] : ofLate);
      if (ofLate.length < most) return;
      const waitMs = meteredMs - (nowMs - (ofLate[0] ?? nowMs));
      throw new TransferRefusal(429, 'TooManyRequests', 'Too many requests', {
        headers: { 'retry-after': String(Math.ceil(waitMs / 1000)) },
      });
    },
  };
}
