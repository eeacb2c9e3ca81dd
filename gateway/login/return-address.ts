// Where a browser may be led back to after sign-in: below an app's own url, or to the gateway's portal and sessions. The
// address comes from a link that anybody can write, so that whatever could lead elsewhere is none. Pure.

import { gatewayAppName } from '../policy/app-index.ts';
import { fitsHost, hasPrefix } from '../policy/match.ts';
import { readPath } from '../policy/path.ts';
import { readHost } from '../proxies/forwarded.ts';
import type { App, RequestHost } from '../types.ts';

export type ReturnAddress = {
  readonly app: App;
  /** As a browser writes it: small letters in the host, no port that the scheme implies. */
  readonly url: string;
  readonly scheme: 'http' | 'https';
  readonly host: RequestHost;
};

export const maxReturnAddressLength = 6000;

/** Of the gateway's own pages: never one that acts. */
const ownPages: ReadonlySet<string> = new Set(['', 'sessions']);

/**
 * @param text the wanted address, absolute. Visible ASCII, scheme and host in their plain form; nothing is repaired:
 * a browser, a proxy and this function could repair it differently.
 * @param apps the gateway itself among them.
 */
export function readReturnAddress(text: string, apps: readonly App[]): ReturnAddress | undefined {
  const [, schemeText, hostText = '', target = '/'] =
    /^(https?):\/\/([A-Za-z0-9._:[\]-]+)(\/[\x21\x22\x24-\x7e]*)?$/.exec(text) ?? [];
  const host = readHost(hostText);
  const path = readPath(target);
  if (
    schemeText === undefined ||
    text.length > maxReturnAddressLength ||
    'outcome' in host ||
    'outcome' in path
  )
    return undefined;
  const scheme = schemeText === 'http' ? 'http' : 'https';
  const wanted: Wanted = { scheme, host, segments: path.segments };
  const app = apps
    .filter((candidate) => isBelow(candidate, wanted, apps))
    .filter((candidate) => [...path.encoded].every((character) => candidate.encodedCharacters.has(character)))
    .sort((a, b) => b.prefix.length - a.prefix.length)[0];
  return app === undefined ? undefined : { app, scheme, host, url: `${originOf(wanted)}${target}` };
}

type Wanted = {
  readonly scheme: 'http' | 'https';
  readonly host: RequestHost;
  readonly segments: readonly string[];
};

function isBelow(app: App, { scheme, host, segments }: Wanted, apps: readonly App[]): boolean {
  const withPort = { name: host.name, port: host.port ?? impliedPort(scheme) };
  if (!app.url.startsWith(`${scheme}://`) || !fitsHost(app.host, withPort)) return false;
  const own = apps.find(isOwn);
  // Any host at all would be an open redirect, with a code that is good on that host.
  if (app.host.kind === 'any' && (own === undefined || !fitsHost(own.host, withPort))) return false;
  // On another port of the host there may be somebody else's server.
  if (![portOf(app), impliedPort(scheme), portOf(own)].includes(withPort.port)) return false;
  if (!hasPrefix(segments, app.prefix)) return false;
  // What lies there is the gateway's, and not the app's around it.
  const isWithinOwn = own !== undefined && fitsHost(own.host, withPort) && hasPrefix(segments, own.prefix);
  if (isWithinOwn && own.prefix.length > app.prefix.length) return false;
  const [first = '', ...others] = segments.slice(app.prefix.length);
  return isOwn(app) ? ownPages.has(first) && others.length === 0 : first !== '.beamgate';
}

function isOwn(app: App): boolean {
  return app.name === gatewayAppName;
}

function portOf(app: App | undefined): number | undefined {
  return app === undefined || app.host.kind === 'any' ? undefined : app.host.port;
}

function impliedPort(scheme: 'http' | 'https'): number {
  return scheme === 'https' ? 443 : 80;
}

function originOf({ scheme, host }: Wanted): string {
  const isImplied = host.port === undefined || host.port === impliedPort(scheme);
  return `${scheme}://${host.name}${isImplied ? '' : `:${host.port}`}`;
}
