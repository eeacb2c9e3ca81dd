// An identity -> the headers that an app behind the gateway understands, in the dialect that it was configured for.
// Every header of a dialect is always there, empty where there is nothing to say: one that were left out would let a
// client's own copy through. Pure.
import type { App, Identity } from '../types.ts';
import { dialects, styleOf } from './header-dialects.ts';
import type { Unsendable } from './header-encoding.ts';

/** Every identity header of every dialect, as it is written: what a proxy has to be told to take from our answer. */
export const identityHeaderNames: readonly string[] = [
  ...new Set(Object.values(dialects).flatMap(({ headers }) => headers.map(({ name }) => name))),
].filter((name) => name !== 'Authorization');

/**
 * @returns names and values in turn, or why one cannot be written. On a public rule every value is empty, and
 * `Authorization` is not ours to set.
 */
export function identityHeaders(
  app: App,
  identity: Identity | undefined,
  signedAssertion: string,
): readonly string[] | Unsendable {
  const { headers } = dialects[app.dialect];
  if (identity === undefined)
    return headers.flatMap(({ name }) => (name === 'Authorization' ? [] : [name, '']));
  const subject = { identity, groups: visibleGroups(app, identity), assertion: signedAssertion };
  const style = styleOf(app);
  const written: string[] = [];
  for (const { name, value } of headers) {
    const text = value(subject, style);
    if (typeof text !== 'string') return { why: `${name}: ${text.why}` };
    written.push(name, text);
  }
  return written;
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
