// Request headers -> the one credential that decides. The order: a provider's own header, `Authorization`; the first
// that is there decides, and what a rule does not read is not looked at. Pure.
import { malformed } from '../proxies/forwarded.ts';
import { valuesOf } from '../proxies/headers.ts';
import type { Credential, CredentialKind, Malformed, RawHeaders } from '../types.ts';

/** Header name, lower case -> the provider whose tokens stand in it. */
export type ProviderHeaders = ReadonlyMap<string, string>;

/** @returns malformed where one credential stands there twice: which of the two the app reads is anybody's guess. */
export function readCredential(
  headers: RawHeaders,
  kinds: ReadonlySet<CredentialKind>,
  providerHeaders: ProviderHeaders,
): Credential | Malformed {
  if (kinds.has('header')) {
    for (const [header, provider] of providerHeaders) {
      const values = valuesOf(headers, header);
      if (values.length > 1) return repeated(header);
      const [token] = values;
      if (token !== undefined) return readToken(token) ?? { kind: 'header', header, provider, token };
    }
  }
  if (!kinds.has('bearer') && !kinds.has('basic')) return { kind: 'absent' };
  const values = valuesOf(headers, 'authorization');
  if (values.length > 1) return repeated('authorization');
  return values[0] === undefined ? { kind: 'absent' } : readAuthorization(values[0], kinds);
}

/** RFC 6750 section 2.1, RFC 7617. A scheme that the rule does not read is absent; it passes to the app. */
function readAuthorization(value: string, kinds: ReadonlySet<CredentialKind>): Credential {
  const [, scheme = '', rest = ''] = /^([A-Za-z0-9-]*) *(.*)$/s.exec(value) ?? [];
  switch (scheme.toLowerCase()) {
    case 'bearer':
      if (!kinds.has('bearer')) return { kind: 'absent' };
      return isToken(rest)
        ? { kind: 'bearer', header: 'authorization', token: rest }
        : malformedAuthorization;
    case 'basic':
      if (!kinds.has('basic')) return { kind: 'absent' };
      return isToken(rest)
        ? { kind: 'basic', header: 'authorization', userAndPassword: rest }
        : malformedAuthorization;
    default:
      return malformedAuthorization;
  }
}

function readToken(token: string): Credential | undefined {
  return isToken(token) ? undefined : { kind: 'malformed', header: 'a provider header' };
}

/** `token68` of RFC 9110 section 11.2, bounded: nobody's token is larger, and it is hashed on every request. */
function isToken(token: string): boolean {
  return token.length > 0 && token.length <= 16_384 && /^[A-Za-z0-9._~+/-]+=*$/.test(token);
}

const malformedAuthorization: Credential = { kind: 'malformed', header: 'authorization' };

function repeated(header: string): Malformed {
  return malformed('repeated_credential', `the header ${header} stands there more than once`);
}
