// The headers in which each kind of app reads who is there, and how it decodes them. Pure. Sources: each product's own code or
// documentation, as docs/headers.md lists them; contracts/forward-auth.md.
import type { App, Dialect, HeaderEncoding, Identity } from '../types.ts';
import { type HeaderStyle, type Unsendable, writeList, writeText } from './header-encoding.ts';

export type Subject = {
  readonly identity: Identity;
  readonly groups: readonly string[];
  readonly assertion: string;
};

type Written = string | Unsendable;

export type DialectHeader = {
  readonly name: string;
  readonly value: (subject: Subject, style: HeaderStyle) => Written;
};

type Part = (identity: Identity) => string | undefined;

const text =
  (label: string, part: Part) =>
  ({ identity }: Subject, style: HeaderStyle): Written =>
    named(`the ${label}`, writeText(part(identity) ?? '', style));

/** Stands for the user: without it two users would be the same nobody. */
const required =
  (label: string, part: Part) =>
  (subject: Subject, style: HeaderStyle): Written =>
    (part(subject.identity) ?? '') === ''
      ? { why: `the ${label} is missing or not verified` }
      : text(label, part)(subject, style);

const groups = (subject: Subject, style: HeaderStyle): Written => writeList(subject.groups, style, 'group');
const roles = ({ identity }: Subject, style: HeaderStyle): Written =>
  writeList(identity.roles, style, 'role');
const username = text('user name', (identity) => identity.username);
const email = text('e-mail address', (identity) => identity.email);
const realm = text('realm', (identity) => identity.realm);
const uid = text('id', (identity) => `${identity.provider}:${identity.id}`);
const assertion = (subject: Subject): Written => subject.assertion;

/** Nobody is known by it: blanks and line ends in it become single blanks where they cannot be written. */
const displayName = ({ identity }: Subject, style: HeaderStyle): Written => {
  const name = (identity.name ?? '').toWellFormed();
  const tidied = style.items === 'escaped' ? name : name.replace(/[\s\p{Cc}]+/gu, ' ').trim();
  return named('the name', writeText(tidied, style));
};

function named(what: string, written: Written): Written {
  return typeof written === 'string' ? written : { why: `${what} ${written.why}` };
}

type DialectRules = {
  readonly encoding: HeaderEncoding;
  readonly separator: string;
  readonly items: HeaderStyle['items'];
  readonly headers: readonly DialectHeader[];
};

export const dialects: Readonly<Record<Dialect, DialectRules>> = {
  beamgate: {
    encoding: 'percent',
    separator: ',',
    items: 'escaped',
    headers: [
      { name: 'X-Auth-Username', value: username },
      { name: 'X-Auth-Groups', value: groups },
      { name: 'X-Auth-Roles', value: roles },
      { name: 'X-Auth-Realm', value: realm },
      { name: 'X-Auth-Email', value: email },
      { name: 'X-Auth-Name', value: displayName },
      { name: 'X-Auth-Assertion', value: assertion },
    ],
  },
  // Its HTTP library (cpp-httplib) percent-decodes every header value before anything is split.
  ecflow: {
    encoding: 'percent',
    separator: ',',
    items: 'plain',
    headers: [
      { name: 'Authorization', value: (subject) => `Bearer ${subject.assertion}` },
      { name: 'X-Auth-Username', value: username },
      { name: 'X-Auth-Realm', value: realm },
      { name: 'X-Auth-Roles', value: roles },
    ],
  },
  authentik: {
    encoding: 'utf-8',
    separator: '|',
    items: 'plain',
    headers: [
      { name: 'X-authentik-username', value: username },
      { name: 'X-authentik-groups', value: groups },
      { name: 'X-authentik-email', value: email },
      { name: 'X-authentik-name', value: displayName },
      { name: 'X-authentik-uid', value: uid },
      { name: 'X-authentik-jwt', value: assertion },
    ],
  },
  'remote-user': {
    encoding: 'utf-8',
    separator: ',',
    items: 'plain',
    headers: [
      { name: 'Remote-User', value: username },
      { name: 'Remote-Groups', value: groups },
      { name: 'Remote-Email', value: email },
      { name: 'Remote-Name', value: displayName },
    ],
  },
  'oauth2-proxy': {
    encoding: 'utf-8',
    separator: ',',
    items: 'plain',
    headers: [
      { name: 'X-Auth-Request-User', value: username },
      { name: 'X-Auth-Request-Groups', value: groups },
      { name: 'X-Auth-Request-Email', value: email },
      { name: 'X-Auth-Request-Preferred-Username', value: username },
    ],
  },
  // traefik-forward-auth puts the e-mail address there, and nothing else.
  'forwarded-user': {
    encoding: 'utf-8',
    separator: ',',
    items: 'plain',
    headers: [{ name: 'X-Forwarded-User', value: required('e-mail address', (identity) => identity.email) }],
  },
  // Grafana splits groups at commas and blanks, and takes quotation marks.
  grafana: {
    encoding: 'utf-8',
    separator: ',',
    items: 'quoted',
    headers: [
      { name: 'X-WEBAUTH-USER', value: username },
      { name: 'X-WEBAUTH-EMAIL', value: email },
      { name: 'X-WEBAUTH-NAME', value: displayName },
      { name: 'X-WEBAUTH-GROUPS', value: groups },
      { name: 'X-JWT-Assertion', value: assertion },
    ],
  },
};

/** How an app's headers are written: by its preset, or by `headerEncoding`. */
export function styleOf({ dialect, headerEncoding }: Pick<App, 'dialect' | 'headerEncoding'>): HeaderStyle {
  const { encoding: usual, separator, items } = dialects[dialect];
  const encoding = headerEncoding ?? usual;
  if (items === 'quoted' || encoding === usual) return { encoding, separator, items };
  return { encoding, separator, items: encoding === 'percent' ? 'escaped' : 'plain' };
}
