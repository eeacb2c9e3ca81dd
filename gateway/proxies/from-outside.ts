// Headers of the client that could reach the app as identity headers although they are none of ours. Pure.
import type { Malformed, RawHeaders } from '../types.ts';
import { findName, readsAsOneOf, valuesOf } from './headers.ts';
import { identityHeaderNames } from './identity-headers.ts';

const exact = new Set(identityHeaderNames.map((name) => name.toLowerCase()));
const isIdentityName = readsAsOneOf(identityHeaderNames);
const isLookAlike = (name: string) => isIdentityName(name) && !exact.has(name.toLowerCase());

/**
 * A look-alike of an identity header (`X_Auth_Username`), or a `Connection` header that names one.
 * @param options.isOverwritten the proxy takes the name itself from our answer whatever the client sent, so that only
 * what looks like it is dangerous.
 */
export function findForeignIdentity(
  headers: RawHeaders,
  options: { readonly isOverwritten: boolean },
): Malformed | undefined {
  const lookAlike = findName(headers, options.isOverwritten ? isLookAlike : isIdentityName);
  if (lookAlike !== undefined)
    return refuse(`the header ${printable(lookAlike)} looks like an identity header of the gateway's`);
  const connections = valuesOf(headers, 'connection');
  if (connections.length === 0) return undefined;
  const connection = connections.join(',');
  if (connection.length > maxConnectionLength)
    return refuse(`the Connection header is longer than ${maxConnectionLength} bytes`);
  const named = connection.split(',').find((name) => isIdentityName(name.trim()));
  return named === undefined ? undefined : refuse(`the Connection header names ${printable(named.trim())}`);
}

/** Nobody names so many headers for one hop, and each name costs a look. */
const maxConnectionLength = 1024;

function printable(name: string): string {
  return name.replace(/[^A-Za-z0-9_-]/g, '?').slice(0, 64);
}

function refuse(detail: string): Malformed {
  return { outcome: 'malformed', reason: 'identity_header_from_outside', detail };
}
