// Envoy's ext_authz with an HTTP service: the client's own request, with a prefix before its path. Source:
// contracts/forward-auth.md; Envoy's documentation of `http_service`. Pure.
import type { ForwardedRequest, Malformed } from '../types.ts';
import {
  asksForUpgrade,
  malformed,
  onlyValue,
  type Question,
  readClientAddress,
  readHost,
  readMethod,
  readRequestId,
} from './forwarded.ts';
import { findForeignIdentity } from './from-outside.ts';
import { identityHeaderNames } from './identity-headers.ts';
import { type ProxyKind, usualAnswers, withheldCredentials } from './kind.ts';
import { renderAllow } from './render.ts';

/** `path_prefix` of its set-up. */
export const envoyPrefix = '/auth/envoy';

export const envoy: ProxyKind = {
  read: readEnvoy,
  // It sets what we send, and takes away only what this header names.
  renderAllow: (passport, site) => {
    const allowed = renderAllow(passport);
    const given = new Set(passport.identityHeaders.map((name) => name.toLowerCase()));
    const others = identityHeaderNames.filter((name) => !given.has(name.toLowerCase()));
    const removed = [...withheldCredentials(passport, site), ...others].join(',');
    return { ...allowed, headers: [...allowed.headers, 'X-Envoy-Auth-Headers-To-Remove', removed] };
  },
  renderRefusal: usualAnswers.renderRefusal,
  ignoresQuery: true,
};

function readEnvoy(question: Question): ForwardedRequest | Malformed {
  const foreign = findForeignIdentity(question.headers, { isOverwritten: true });
  if (foreign !== undefined) return foreign;
  const authority = onlyValue(question.headers, 'host');
  if (typeof authority !== 'string') return authority;
  const host = readHost(authority);
  if ('outcome' in host) return host;
  const method = readMethod(question.method);
  if (typeof method !== 'string') return method;
  const scheme = onlyValue(question.headers, 'x-forwarded-proto');
  if (typeof scheme !== 'string') return scheme;
  if (scheme !== 'http' && scheme !== 'https')
    return malformed('invalid_scheme', 'X-Forwarded-Proto is none of http, https');
  return {
    scheme,
    isUpgrade: asksForUpgrade(question.headers),
    method,
    host,
    target: question.url.slice(envoyPrefix.length),
    clientAddress: readClientAddress(question),
    headers: question.headers,
    namedApp: undefined,
    namedGroups: undefined,
    requestId: readRequestId(question),
  };
}
