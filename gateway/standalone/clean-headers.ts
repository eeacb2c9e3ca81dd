// The headers that an app receives in standalone mode: the client's, less what is not the client's to say, then ours.
// Pure.
import type { IncomingHttpHeaders } from 'node:http';
import { foldName, pairsOf, valuesOf } from '../proxies/headers.ts';
import { identityHeaderNames } from '../proxies/identity-headers.ts';
import type { Passport } from '../proxies/render.ts';
import type { ForwardedRequest } from '../types.ts';

export type OutgoingHeaders = Record<string, string | string[]>;

/** Hop-by-hop (RFC 9110 section 7.6.1), and what says who the client is or what it asks for. `Transfer-Encoding` frames the body: it stays. */
const dropped = new Set([
  'connection',
  // Answered already: node:http says 100 before the request is judged.
  'expect',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'upgrade',
  'x-request-id',
  // To CGI the address of a proxy for its own requests (CVE-2016-5385).
  'proxy',
  // By which frameworks, and what they are used with, take a client's address (Rails, django-ipware, request-ip, WebLogic).
  'forwarded',
  'x-forwarded',
  'forwarded-for',
  'client-ip',
  'proxy-client-ip',
  'wl-proxy-client-ip',
  'x-client-ip',
  'x-cluster-client-ip',
  'x-real-ip',
  'x-remote-addr',
  'x-remote-ip',
  'x-originating-ip',
  'x-proxyuser-ip',
  'true-client-ip',
  'cf-connecting-ip',
  'cf-connecting-ipv6',
  'cf-pseudo-ipv4',
  'do-connecting-ip',
  'fastly-client-ip',
  'fly-client-ip',
  'x-appengine-user-ip',
  'x-azure-clientip',
  'x-azure-socketip',
  'x-envoy-external-address',
  // What some read in place of the host and the path that were judged.
  'x-host',
  'x-http-host-override',
  'x-rewrite-url',
  ...identityHeaderNames.map(foldName),
]);

/** Of a proxy's word for the client or for what it asked, whatever follows. */
const droppedBeginning = /^x-(?:forwarded|original)-/;

/** @param credentialHeaders every header that holds credentials, lower case: only what the passport gives back passes. */
export function cleanHeaders(
  request: ForwardedRequest,
  passport: Passport,
  credentialHeaders: readonly string[],
): OutgoingHeaders {
  const named = new Set(
    valuesOf(request.headers, 'connection').flatMap((value) =>
      value.split(',').map((name) => name.trim().toLowerCase()),
    ),
  );
  const isDropped = (name: string) =>
    dropped.has(foldName(name)) ||
    droppedBeginning.test(foldName(name)) ||
    named.has(name) ||
    credentialHeaders.includes(name);
  // Without a prototype: `__proto__` is a header name like any other.
  const headers: OutgoingHeaders = Object.create(null);
  for (const [written, value] of pairsOf(request.headers)) {
    const name = written.toLowerCase();
    if (!isDropped(name)) add(headers, name, value);
  }
  if (request.isUpgrade)
    Object.assign(headers, { connection: 'Upgrade', upgrade: valuesOf(request.headers, 'upgrade')[0] ?? '' });
  const { name, port } = request.host;
  if (request.clientAddress !== undefined) headers['x-forwarded-for'] = request.clientAddress;
  headers['x-forwarded-host'] = port === undefined ? name : `${name}:${port}`;
  headers['x-forwarded-proto'] = request.scheme;
  headers.forwarded = forwardedOf(request);
  headers['x-request-id'] = request.requestId;
  for (const [written, value] of pairsOf([...passport.credentialHeaders, ...passport.identityHeaders]))
    add(headers, written.toLowerCase(), value);
  return headers;
}

/** RFC 7239 section 4: what holds a colon is quoted, an IPv6 address in brackets besides. */
function forwardedOf({ clientAddress = 'unknown', host: { name, port }, scheme }: ForwardedRequest): string {
  const client = clientAddress.includes(':') ? `"[${clientAddress}]"` : clientAddress;
  const host =
    port === undefined && !name.includes(':') ? name : `"${name}${port === undefined ? '' : `:${port}`}"`;
  return `for=${client};host=${host};proto=${scheme}`;
}

/**
 * What an app says of its own connection to the gateway is not the client's (RFC 9110 section 7.6.1): changes the
 * headers in place, as httpxy passes on what is left in them.
 */
export function cleanAnswerHeaders(headers: IncomingHttpHeaders, connection: 'keep-alive' | 'close'): void {
  const named = (headers.connection ?? '').split(',').map((name) => name.trim().toLowerCase());
  for (const name of [
    'keep-alive',
    'proxy-authenticate',
    'proxy-connection',
    'te',
    'trailer',
    'upgrade',
    ...named,
  ])
    if (!framing.has(name)) delete headers[name];
  headers.connection = connection;
}

const framing = new Set(['content-length', 'transfer-encoding']);

/** In its place: a client may send one name thousands of times. */
function add(headers: OutgoingHeaders, name: string, value: string): void {
  const known = headers[name];
  if (known === undefined) headers[name] = value;
  else if (typeof known === 'string') headers[name] = [known, value];
  else known.push(value);
}
