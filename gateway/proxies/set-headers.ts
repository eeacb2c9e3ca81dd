// The headers that an app gets by `setHeaders`: fixed values, claims, a credential of the gateway's. Each is always
// there, empty where there is nothing to say, and none is ever the client's. Pure.
import { listAt } from '../identity/claims.ts';
import type { App, Identity, Malformed, RawHeaders, Rule, SetHeader } from '../types.ts';
import { foldName } from './headers.ts';
import { encodeValue } from './identity-headers.ts';
import { namesOf } from './names.ts';

/**
 * @returns names and values in turn. Where a rule needs no identity, the app's credential is not for whoever comes:
 * its header is empty, and `Authorization` the client's own.
 */
export function setHeaders(app: App, rule: Rule, identity: Identity | undefined): readonly string[] {
  return app.setHeaders.flatMap((header) => {
    const value = textOf(header, rule, identity);
    return value === '' && isAuthorization(header.name) ? [] : [header.name, value];
  });
}

function textOf(header: SetHeader, rule: Rule, identity: Identity | undefined): string {
  switch (header.kind) {
    case 'fixed':
      return header.value;
    case 'claim':
      return identity === undefined ? '' : claimOf(identity, header.path);
    case 'credential':
      return identity === undefined || rule.allow.kind === 'public' ? '' : header.reveal();
  }
}

function claimOf({ claims }: Identity, path: string): string {
  return listAt(claims, path)
    .map((item) => encodeValue(item, ','))
    .join(',');
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
