// An identity -> the headers that an app behind the gateway understands, in the dialect that it was configured for.
// Every header of a dialect is always there, empty where there is nothing to say: one that were left out would let a
// client's own copy through. Pure.
import type { App, Dialect, Identity } from '../types.ts';

type Value = string | undefined;

/** What a dialect's headers are made of; `undefined` on a public rule. */
type Subject =
  | { readonly identity: Identity; readonly groups: readonly string[]; readonly assertion: string }
  | undefined;

type DialectHeader = { readonly name: string; readonly value: (subject: NonNullable<Subject>) => Value };

const text = (pick: (identity: Identity) => Value) => (subject: NonNullable<Subject>) =>
  encodeValue(pick(subject.identity) ?? '', '');
const list =
  (pick: (subject: NonNullable<Subject>) => readonly string[], separator: string) =>
  (subject: NonNullable<Subject>) =>
    pick(subject)
      .filter((item) => item !== '')
      .map((item) => encodeValue(item, separator))
      .join(separator);
const groups = (separator: string) => list((subject) => subject.groups, separator);
const roles = (separator: string) => list((subject) => subject.identity.roles, separator);
const username = text((identity) => identity.username);
const email = text((identity) => identity.email);
const displayName = text((identity) => identity.name);
const realm = text((identity) => identity.realm);
const assertion = (subject: NonNullable<Subject>) => subject.assertion;

/** Sources: each app's own documentation of its auth-proxy headers; contracts/forward-auth.md. */
const dialects: Readonly<Record<Dialect, readonly DialectHeader[]>> = {
  beamgate: [
    { name: 'X-Auth-Username', value: username },
    { name: 'X-Auth-Groups', value: groups(',') },
    { name: 'X-Auth-Roles', value: roles(',') },
    { name: 'X-Auth-Realm', value: realm },
    { name: 'X-Auth-Email', value: email },
    { name: 'X-Auth-Name', value: displayName },
    { name: 'X-Auth-Assertion', value: assertion },
  ],
  ecflow: [
    { name: 'Authorization', value: (subject) => `Bearer ${subject.assertion}` },
    { name: 'X-Auth-Username', value: username },
    { name: 'X-Auth-Realm', value: realm },
    { name: 'X-Auth-Roles', value: roles(',') },
  ],
  authentik: [
    { name: 'X-authentik-username', value: username },
    { name: 'X-authentik-groups', value: groups('|') },
    { name: 'X-authentik-email', value: email },
    { name: 'X-authentik-name', value: displayName },
    { name: 'X-authentik-uid', value: text((identity) => `${identity.provider}:${identity.id}`) },
    { name: 'X-authentik-jwt', value: assertion },
  ],
  'remote-user': [
    { name: 'Remote-User', value: username },
    { name: 'Remote-Groups', value: groups(',') },
    { name: 'Remote-Email', value: email },
    { name: 'Remote-Name', value: displayName },
  ],
  'oauth2-proxy': [
    { name: 'X-Auth-Request-User', value: username },
    { name: 'X-Auth-Request-Groups', value: groups(',') },
    { name: 'X-Auth-Request-Email', value: email },
    { name: 'X-Auth-Request-Preferred-Username', value: username },
  ],
  // traefik-forward-auth puts the e-mail address there.
  'forwarded-user': [{ name: 'X-Forwarded-User', value: email }],
  grafana: [
    { name: 'X-WEBAUTH-USER', value: username },
    { name: 'X-WEBAUTH-EMAIL', value: email },
    { name: 'X-WEBAUTH-NAME', value: displayName },
    { name: 'X-WEBAUTH-GROUPS', value: groups(',') },
    { name: 'X-JWT-Assertion', value: assertion },
  ],
};

/** Every identity header of every dialect, as it is written: what a proxy has to be told to take from our answer. */
export const identityHeaderNames: readonly string[] = [
  ...new Set(Object.values(dialects).flatMap((headers) => headers.map(({ name }) => name))),
].filter((name) => name !== 'Authorization');

/** @returns names and values in turn. On a public rule every value is empty, and `Authorization` is not ours to set. */
export function identityHeaders(
  app: App,
  identity: Identity | undefined,
  signedAssertion: string,
): readonly string[] {
  const headers = dialects[app.dialect];
  if (identity === undefined)
    return headers.flatMap(({ name }) => (name === 'Authorization' ? [] : [name, '']));
  const subject = { identity, groups: visibleGroups(app, identity), assertion: signedAssertion };
  return headers.flatMap(({ name, value }) => [name, value(subject) ?? '']);
}

/** The groups that this app is told of: all, or those that fit its `groups` patterns (`*` stands for any characters). */
export function visibleGroups(app: App, identity: Identity): readonly string[] {
  const patterns = app.groupPatterns;
  if (patterns === undefined) return identity.groups;
  return identity.groups.filter((group) => patterns.some((pattern) => fitsGlob(pattern, group)));
}

/** Without a regular expression: a pattern with many stars must not take exponential time. */
function fitsGlob(pattern: string, value: string): boolean {
  const parts = pattern.split('*');
  const [first = '', last = ''] = [parts[0], parts.at(-1)];
  if (parts.length === 1) return pattern === value;
  if (!value.startsWith(first) || !value.endsWith(last) || value.length < first.length + last.length)
    return false;
  let from = first.length;
  for (const part of parts.slice(1, -1)) {
    const at = value.indexOf(part, from);
    if (at < 0) return false;
    from = at + part.length;
  }
  return from <= value.length - last.length;
}

/** Visible ASCII only; the rest, `%` and the separator as percent-encoded UTF-8. No value can throw, split or smuggle. */
export function encodeValue(value: string, separator: string): string {
  if (/^[\x21-\x24\x26-\x2b\x2d-\x7b\x7d\x7e]*$/.test(value)) return value;
  const bytes = Buffer.from(value, 'utf8');
  let encoded = '';
  for (const byte of bytes) {
    const character = String.fromCharCode(byte);
    const isPlain = byte > 0x20 && byte < 0x7f && character !== '%' && character !== separator;
    encoded += isPlain ? character : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
  }
  return encoded;
}
