// Requests that a framework behind serves as another method than they came with: rules that go by the method would have
// judged another request. What stands in a body nobody sees here. Pure.
import { findName, readsAsOneOf } from '../proxies/headers.ts';
import type { App, ForwardedRequest, Malformed } from '../types.ts';

/** @returns malformed where some rule of the app goes by the method, and the request names another one besides. */
export function findMethodOverride(app: App, { headers, target }: ForwardedRequest): Malformed | undefined {
  if (app.rules.every((rule) => rule.methods === 'any')) return undefined;
  if (findName(headers, isOverridingHeader) !== undefined) return overridden('a header');
  return namesMethod(target) ? overridden('the parameter _method') : undefined;
}

const isOverridingHeader = readsAsOneOf(['X-HTTP-Method-Override', 'X-HTTP-Method', 'X-Method-Override']);

/** Laravel, Symfony and others read `?_method=DELETE`. */
function namesMethod(target: string): boolean {
  const at = target.indexOf('?');
  return at >= 0 && methodParameter.test(target.slice(at + 1));
}

/**
 * A parameter's name that is `_method` to PHP, which leaves out spaces before it, turns a dot and a space into `_`, and
 * ends it at a NUL; any other character that is no letter and no digit may stand for `_` elsewhere. Read as it is
 * written: to decode a query of 60 KB takes milliseconds.
 */
const methodParameter = new RegExp(
  [
    '(?:^|[&;])(?:[ +]|%20)*',
    '(?:[^a-z0-9&;=]|%(?!3\\d|[46][1-9a-f]|[57][0-9a])[0-9a-f]{2})',
    ...[...'method'].map((letter) => `(?:${letter}|%${hexOf(letter)}|%${hexOf(letter.toUpperCase())})`),
    '(?:[&;=\\u0000]|%00|$)',
  ].join(''),
  'i',
);

function hexOf(letter: string): string {
  return letter.charCodeAt(0).toString(16);
}

function overridden(by: string): Malformed {
  const detail = `${by} overrides the method, and rules of this app go by the method`;
  return { outcome: 'malformed', reason: 'method_override', detail };
}
