// The headers that an app gets by `setHeaders`: fixed values, claims, a credential of the gateway's. Each is always
// there, empty where there is nothing to say, and none is ever the client's. Pure.
import { listAt, valueAt } from '../identity/claims.ts';
import type { App, Identity, Malformed, RawHeaders, Rule, SetHeader } from '../types.ts';
import { styleOf } from './header-dialects.ts';
import { type Unsendable, writeList, writeText } from './header-encoding.ts';
import { foldName } from './headers.ts';
import { namesOf } from './names.ts';

/**
 * @returns names and values in turn, or why one cannot be written. Where a rule needs no identity, the app's credential is
 * not for whoever comes: its header is empty, and `Authorization` the client's own.
 */
export function setHeaders(
  app: App,
  rule: Rule,
  identity: Identity | undefined,
): readonly string[] | Unsendable {
  const written: string[] = [];
  for (const header of app.setHeaders) {
    const value = textOf(header, app, rule, identity);
    if (typeof value !== 'string') return { why: `${header.name}: ${value.why}` };
    if (value !== '' || !isAuthorization(header.name)) written.push(header.name, value);
  }
  return written;
}

function textOf(
  header: SetHeader,
  app: App,
  rule: Rule,
  identity: Identity | undefined,
): string | Unsendable {
  switch (header.kind) {
    case 'fixed':
      return header.value;
    case 'claim':
      return identity === undefined ? '' : claimOf(identity, header.path, app);
    case 'credential':
      return identity === undefined || rule.allow.kind === 'public' ? '' : header.reveal();
  }
}

/** A single value is no list: a comma in it separates nothing. */
function claimOf({ claims }: Identity, path: string, app: App): string | Unsendable {
  const style = styleOf(app);
  const items = listAt(claims, path);
  const [only] = items;
  const isSingle = style.items !== 'escaped' && !Array.isArray(valueAt(claims, path));
  if (!isSingle || only === undefined) return writeList(items, style, 'value');
  const written = writeText(only, style);
  return typeof written === 'string' ? written : { why: `the claim ${written.why}` };
}

/**
 * A client has no reason to send such a header: its copy is refused, under whatever spelling, so that it reaches the
 * app nowhere, also where the proxy's list of headers has a hole.
 */
export function findSetHeaderFromOutside(headers: RawHeaders, app: App): Malformed | undefined {
  const own = app.setHeaders.filter(({ name }) => !isAuthorization(name)).map(({ name }) => foldName(name));
  if (own.length === 0) return undefined;
  const found = namesOf(headers).find((name) => own.includes(foldName(name)));
  if (found === undefined) return undefined;
  const detail = `the header ${found.replace(/[^A-Za-z0-9_-]/g, '?').slice(0, 64)} is set by the gateway for this app`;
  return { outcome: 'malformed', reason: 'identity_header_from_outside', detail };
}

function isAuthorization(name: string): boolean {
  return name.toLowerCase() === 'authorization';
}
