// Standalone mode: the client's own request is the question. Pure.
import { malformed, readHost, readMethod } from '../proxies/forwarded.ts';
import { findForeignIdentity } from '../proxies/from-outside.ts';
import { valuesOf } from '../proxies/headers.ts';
import type { ForwardedRequest, Malformed, RawHeaders } from '../types.ts';

export type Direct = {
  readonly method: string;
  /** The request target as it came. */
  readonly target: string;
  readonly headers: RawHeaders;
  readonly peerAddress: string;
  readonly isUpgrade: boolean;
  /** As clients see it: TLS may end before this listener. */
  readonly scheme: 'http' | 'https';
  readonly requestId: string;
};

/** Only the origin form of a target is served (RFC 9112 section 3.2.1), and one `Host`. */
export function readDirect(direct: Direct): ForwardedRequest | Malformed {
  const foreign = findForeignIdentity(direct.headers, { isOverwritten: true });
  if (foreign !== undefined) return foreign;
  const hosts = valuesOf(direct.headers, 'host');
  const host = readHost(hosts.length === 1 ? (hosts[0] ?? '') : '');
  if ('outcome' in host) return host;
  const method = readMethod(direct.method);
  if (typeof method !== 'string') return method;
  if (!direct.target.startsWith('/')) return malformed('unsupported_request', 'the target is no path');
  if (
    valuesOf(direct.headers, 'content-length').length > 0 &&
    valuesOf(direct.headers, 'transfer-encoding').length > 0
  ) {
    return malformed('unsupported_request', 'Content-Length and Transfer-Encoding stand there together');
  }
  return {
    scheme: direct.scheme,
    isUpgrade: direct.isUpgrade,
    method,
    host,
    target: direct.target,
    clientAddress: direct.peerAddress,
    headers: direct.headers,
    namedApp: undefined,
    requestId: direct.requestId,
  };
}
