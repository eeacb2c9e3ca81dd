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
  return (
    at >= 0 &&
    /method|%/i.test(target) &&
    target
      .slice(at + 1)
      .split(/[&;]/)
      .some(isMethodParameter)
  );
}

function isMethodParameter(parameter: string): boolean {
  const [name = ''] = parameter.split('=', 1);
  if (name.length < 7) return false;
  const decoded = name.replace(/%([0-9a-f]{2})/gi, (_escape, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
  // PHP turns a dot and a space into `_`, and ends the name at a NUL.
  return /^ *[^a-z0-9]method(?:\u0000.*)?$/is.test(decoded);
}

function overridden(by: string): Malformed {
  const detail = `${by} overrides the method, and rules of this app go by the method`;
  return { outcome: 'malformed', reason: 'method_override', detail };
}
