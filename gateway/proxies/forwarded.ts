// The parts of a forwarded request that every proxy tells in some header: host, method, address, request id. Pure.
import { isIP } from 'node:net';
import type { ForwardedRequest, Malformed, MalformedReason, RawHeaders, RequestHost } from '../types.ts';
import { valuesOf } from './headers.ts';

/** What arrived at the `proxies` listener. */
export type Question = {
  readonly method: string;
  /** As it came. */
  readonly url: string;
  /** Of the address that the admin gave the proxy, as in `/auth/traefik?app=grafana`. */
  readonly parameters: URLSearchParams;
  readonly headers: RawHeaders;
  readonly peerAddress: string;
  readonly isTrustedProxy: (address: string) => boolean;
  /** For a question that brings none. */
  readonly makeRequestId: () => string;
  /** The app that `/authenticate` asks about, where the config has one. */
  readonly authenticated: AuthenticatedApp | undefined;
};

export type AuthenticatedApp = Pick<ForwardedRequest, 'scheme' | 'host'> & { readonly name: string };

/** The header's only value. @returns malformed where it is missing, or there twice. */
export function onlyValue(headers: RawHeaders, name: string): string | Malformed {
  const values = valuesOf(headers, name);
  const [value] = values;
  if (value === undefined || value === '')
    return malformed('missing_forwarded_header', `the proxy did not send ${name}`);
  if (values.length > 1)
    return malformed('repeated_forwarded_header', `${name} is there ${values.length} times`);
  return value;
}

/** `Host` as RFC 9110 section 7.2 has it: a name, an IPv4 or a bracketed IPv6 address, with or without a port. */
export function readHost(text: string): RequestHost | Malformed {
  const match =
    /^(?:\[([0-9a-fA-F:.]{2,45})\]|([A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*)\.?)(?::(\d{1,5}))?$/.exec(text);
  const port = match?.[3] === undefined ? undefined : Number(match[3]);
  const [, ipv6, name] = match ?? [];
  if (match === null || text.length > 255 || (port !== undefined && (port > 65535 || port === 0)))
    return invalidHost;
  // One address has many spellings; the URL parser writes the one that an app's URL was read as.
  if (ipv6 !== undefined)
    return isIP(ipv6) === 6 ? { name: new URL(`http://[${ipv6}]`).hostname, port } : invalidHost;
  return { name: (name ?? '').toLowerCase(), port };
}

const invalidHost = malformed('invalid_host', 'the host is none');

/** A proxy may take `Upgrade` away before it asks; what makes a WebSocket's key, it leaves (RFC 6455 section 4.1). */
export function asksForUpgrade(headers: RawHeaders): boolean {
  return valuesOf(headers, 'upgrade').length > 0 || valuesOf(headers, 'sec-websocket-key').length > 0;
}

/** Methods are case-sensitive (RFC 9110 section 9.1), yet some apps read `post` as `POST`: only upper case is served. */
export function readMethod(text: string): string | Malformed {
  const usual = usualMethods.find((method) => method === text);
  if (usual !== undefined) return usual;
  return /^[A-Z]{1,20}(?:-[A-Z]{1,20})?$/.test(text)
    ? text
    : malformed('invalid_method', 'the method is none that is served');
}

/** The text that the program has of its own is found faster, wherever it is looked up, than one that was just received. */
const usualMethods = ['GET', 'POST', 'HEAD', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'];

/** `X-Forwarded-Proto`, in which Traefik says `ws` for an upgrade. */
export function readScheme(text: string): { scheme: 'http' | 'https'; isUpgrade: boolean } | Malformed {
  switch (text) {
    case 'http':
    case 'https':
      return { scheme: text, isUpgrade: false };
    case 'ws':
      return { scheme: 'http', isUpgrade: true };
    case 'wss':
      return { scheme: 'https', isUpgrade: true };
    default:
      return malformed('invalid_scheme', 'X-Forwarded-Proto is none of http, https, ws, wss');
  }
}

/**
 * The right-most entry of `X-Forwarded-For` that is no proxy of ours: what stands left of it, the client wrote.
 * @returns `undefined` where the header is missing or that entry is no address.
 */
export function readClientAddress(
  question: Pick<Question, 'headers' | 'isTrustedProxy'>,
): string | undefined {
  const values = valuesOf(question.headers, 'x-forwarded-for');
  const [only = ''] = values;
  // Mostly: a client of the proxy that asks.
  if (values.length === 1 && !only.includes(',')) return readAddress(only);
  const list = values.join(',');
  let address: string | undefined;
  for (let [hop, end] = [0, list.length]; hop < maxHops && end >= 0; hop++) {
    const comma = end === 0 ? -1 : list.lastIndexOf(',', end - 1);
    address = readAddress(list.slice(comma + 1, end));
    if (address === undefined || !question.isTrustedProxy(address)) return address;
    end = comma;
  }
  // Every one of them a proxy of ours: the request began at the first.
  return address;
}

/** Nobody has so many proxies one behind the other: what stands left of them, nobody has to look at. */
const maxHops = 64;

/** Longer than any address with its port. `isIP` itself takes one with a zone of any length. */
const maxAddressLength = 64;

/** With or without a port. @returns `undefined` for what is none. */
export function readAddress(entry: string): string | undefined {
  const text = entry.trim();
  if (text.length > maxAddressLength) return undefined;
  if (isIP(text) !== 0) return text;
  const address = /^\[([^\]]+)\](?::\d+)?$/.exec(text)?.[1] ?? /^(\d+\.\d+\.\d+\.\d+):\d+$/.exec(text)?.[1];
  return address === undefined || isIP(address) === 0 ? undefined : address;
}

/** What the address that the admin gave the proxy names: an app, and groups that narrow it. */
export type Naming = Pick<ForwardedRequest, 'namedApp' | 'namedGroups'>;

/** @returns malformed for anything else there: a `?group=` that nobody reads would leave the app wider than it was meant. */
export function readNaming(parameters: URLSearchParams): Naming | Malformed {
  if (parameters.size === 0) return namesNothing;
  const unknown = [...parameters.keys()].find((name) => name !== 'app' && name !== 'groups');
  if (unknown !== undefined) return invalidParameters('only ?app= and ?groups= are read');
  const [namedApp, ...otherApps] = parameters.getAll('app');
  const [groups, ...otherGroups] = parameters.getAll('groups');
  if (otherApps.length + otherGroups.length > 0) return invalidParameters('?app= or ?groups= is there twice');
  if (namedApp === undefined || namedApp === '') return invalidParameters('?app= has to name an app');
  if (groups === undefined) return { namedApp, namedGroups: undefined };
  const namedGroups = groups.split(',');
  if (namedGroups.includes('')) return invalidParameters('?groups= has an empty name');
  return { namedApp, namedGroups };
}

const namesNothing: Naming = { namedApp: undefined, namedGroups: undefined };

function invalidParameters(problem: string): Malformed {
  return malformed('invalid_parameters', `in the address that the proxy asks at, ${problem}`);
}

/** The proxy's own id, if it cannot break a log line. */
export function readRequestId(question: Question): string {
  const [id, ...others] = valuesOf(question.headers, 'x-request-id');
  return id !== undefined && others.length === 0 && /^[A-Za-z0-9._-]{1,64}$/.test(id)
    ? id
    : question.makeRequestId();
}

export function malformed(reason: MalformedReason, detail: string): Malformed {
  return { outcome: 'malformed', reason, detail };
}
