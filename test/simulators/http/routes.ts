// Finds the handler of a request in a table of routes. Paths are matched without regard to case, as Express does.
import type { Answer, Question } from './exchange.ts';

export type Params = Readonly<Record<string, string>>;

export type Route = {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'PUT' | 'DELETE';
  /** `/datasets/:pid`: each named part is handed over decoded. */
  readonly path: string;
  readonly handle: (question: Question, params: Params) => Answer | Promise<Answer>;
};

export type Match =
  | { readonly kind: 'found'; readonly route: Route; readonly params: Params }
  | { readonly kind: 'malformed'; readonly part: string }
  | { readonly kind: 'none' };

export function findRoute(routes: readonly Route[], question: Question): Match {
  for (const route of routes) {
    if (route.method !== question.method) continue;
    const parts = matchPath(route.path, question.path);
    if (parts !== undefined) return decodeParams(route, parts);
  }
  return { kind: 'none' };
}

function matchPath(pattern: string, path: string): ReadonlyMap<string, string> | undefined {
  const expected = pattern.split('/');
  const actual = path.replace(/\/$/, '').split('/');
  if (expected.length !== actual.length) return undefined;
  const parts = new Map<string, string>();
  for (const [index, name] of expected.entries()) {
    const part = actual[index] ?? '';
    if (name.startsWith(':') && part !== '') parts.set(name.slice(1), part);
    else if (name.toLowerCase() !== part.toLowerCase()) return undefined;
  }
  return parts;
}

function decodeParams(route: Route, parts: ReadonlyMap<string, string>): Match {
  const params: Record<string, string> = {};
  for (const [name, part] of parts) {
    try {
      params[name] = decodeURIComponent(part);
    } catch {
      return { kind: 'malformed', part };
    }
  }
  return { kind: 'found', route, params };
}

/** A parameter that the route's own path names: its absence is a mistake in the simulator. */
export function param(params: Params, name: string): string {
  const value = params[name];
  if (value === undefined) throw new Error(`the route has no parameter ${name}`);
  return value;
}
