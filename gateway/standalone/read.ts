// Standalone mode: the client's own request is the question. Pure.
import {
  malformed,
  onlyValue,
  readClientAddress,
  readHost,
  readMethod,
  readScheme,
} from '../proxies/forwarded.ts';
import { findForeignIdentity } from '../proxies/from-outside.ts';
import { findName, foldName, valuesOf } from '../proxies/headers.ts';
import type { ForwardedRequest, Malformed, RawHeaders } from '../types.ts';

export type Direct = {
  readonly method: string;
  /** Of HTTP: `1.1`. */
  readonly version: string;
  /** The request target as it came. */
  readonly target: string;
  readonly headers: RawHeaders;
  readonly peerAddress: string;
  /** TLS may end at a proxy in front, which says for whom it asks. */
  readonly isTrustedProxy: (address: string) => boolean;
  readonly isUpgrade: boolean;
  /** As clients see it, where no proxy says it. */
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
  const unsupported = findUnsupported(direct);
  if (unsupported !== undefined) return malformed('unsupported_request', unsupported);
  const client = readClient(direct);
  if ('outcome' in client) return client;
  return {
    ...client,
    isUpgrade: direct.isUpgrade,
    method,
    host,
    target: direct.target,
    headers: direct.headers,
    namedApp: undefined,
    namedGroups: undefined,
    requestId: direct.requestId,
  };
}

/** Whoever is no proxy of ours could say anything of itself: it is where its connection comes from. */
function readClient(direct: Direct): Pick<ForwardedRequest, 'scheme' | 'clientAddress'> | Malformed {
  const { headers, peerAddress, isTrustedProxy, scheme } = direct;
  const isProxy = isTrustedProxy(peerAddress);
  const says = (name: string) => isProxy && valuesOf(headers, name).length > 0;
  const clientAddress = says('x-forwarded-for') ? readClientAddress(direct) : peerAddress;
  if (!says('x-forwarded-proto')) return { scheme, clientAddress };
  const text = onlyValue(headers, 'x-forwarded-proto');
  if (typeof text !== 'string') return text;
  const read = readScheme(text);
  return 'outcome' in read ? read : { scheme: read.scheme, clientAddress };
}

function looksLikeFraming(name: string): boolean {
  return framing.has(foldName(name)) && !framing.has(name.toLowerCase());
}

/** What an app could read as another request than this one, or as more than one. */
function findUnsupported({ headers, isUpgrade, method, version }: Direct): string | undefined {
  if (version !== '1.0' && version !== '1.1') return 'only HTTP/1.0 and HTTP/1.1 are served';
  if (reflecting.has(method)) return `${method} asks the app to send back what is for itself alone`;
  const lengths = valuesOf(headers, 'content-length').length;
  const encodings = valuesOf(headers, 'transfer-encoding').length;
  if (lengths > 0 && encodings > 0) return 'Content-Length and Transfer-Encoding stand there together';
  // Whoever reads HTTP/1.0 as it was meant sees another end of the body (RFC 9112 section 6.1).
  if (version === '1.0' && encodings > 0) return 'Transfer-Encoding is there in HTTP/1.0';
  if (findName(headers, looksLikeFraming) !== undefined)
    return 'a header looks like one that frames the request';
  const named = valuesOf(headers, 'connection')
    .flatMap((value) => value.split(','))
    .find((name) => framing.has(foldName(name.trim())));
  if (named !== undefined) return 'the Connection header names one that frames the request';
  if (!isUpgrade) return undefined;
  // Over h2c, and whatever else two programs agree on, further requests would reach the app unasked.
  const protocols = valuesOf(headers, 'upgrade');
  if (protocols.length !== 1 || protocols[0]?.toLowerCase() !== 'websocket')
    return 'no upgrade but to websocket is served';
  return method === 'GET' && lengths + encodings === 0
    ? undefined
    : 'a websocket begins with a GET without a body';
}

/** An app that serves it shows its visitors the assertion, and the secret of a `setHeaders` (RFC 9110 section 9.3.8). */
const reflecting: ReadonlySet<string> = new Set(['TRACE', 'TRACK']);

/** Taken away as hop-by-hop, the body behind would be read as the next request, or the request as another host's. */
const framing = new Set(['content-length', 'host', 'transfer-encoding']);
