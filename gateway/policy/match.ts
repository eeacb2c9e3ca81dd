// A forwarded request -> the app and the rule that it falls under. The first rule whose paths and methods fit
// decides; no rule fits: denied. Pure.
import { foldName, namesOf } from '../proxies/headers.ts';
import type { App, AppHost, Forbid, ForwardedRequest, Malformed, RequestHost, Rule } from '../types.ts';
import { type ParsedPath, readPath } from './path.ts';
import { fitsPattern } from './pattern.ts';

/** Every app, found by name and by host without walking them all. */
export type AppIndex = {
  readonly byName: ReadonlyMap<string, App>;
  readonly byHost: ReadonlyMap<string, readonly App[]>;
  /** Wildcard hosts, the longest suffix first, then those for any host. */
  readonly others: readonly App[];
};

export type Matched = { readonly outcome: 'matched'; readonly app: App; readonly rule: Rule };

export function indexApps(apps: readonly App[]): AppIndex {
  const byHost = new Map<string, App[]>();
  for (const app of apps) {
    if (app.host.kind !== 'exact') continue;
    byHost.set(app.host.name, [...(byHost.get(app.host.name) ?? []), app]);
  }
  const others = apps
    .filter(({ host }) => host.kind !== 'exact')
    .sort((a, b) => specificity(b) - specificity(a));
  return { byName: new Map(apps.map((app) => [app.name, app])), byHost, others };
}

/** @returns the rule, or why there is none: malformed, no app, another app's host, no rule of the app. */
export function match(request: ForwardedRequest, apps: AppIndex): Matched | Forbid | Malformed {
  const path = readPath(request.target);
  if ('outcome' in path) return path;
  const app =
    request.namedApp === undefined ? findApp(request.host, path, apps) : apps.byName.get(request.namedApp);
  if (app === undefined) return refuse('no_app', undefined);
  const below = pathBelow(app, path, request);
  if (below === undefined) return refuse('app_host_mismatch', app);
  const unexpected = [...path.encoded].find((character) => !app.encodedCharacters.has(character));
  if (unexpected !== undefined) return unexpectedCharacter(unexpected);
  return matchRule(app, below, request);
}

function matchRule(
  app: App,
  path: readonly string[],
  request: ForwardedRequest,
): Matched | Forbid | Malformed {
  if (overridesMethod(app, request)) return methodOverride;
  const rule = findRule(app, path, request.method);
  // What stands behind a `;` is a parameter to some apps and part of the name to others.
  if (path.some((segment) => segment.includes(';'))) {
    const withoutParameters = path.map((segment) => segment.split(';', 1)[0] ?? '');
    if (findRule(app, withoutParameters, request.method) !== rule) return ambiguous;
  }
  return rule === undefined ? refuse('no_rule', app) : { outcome: 'matched', app, rule };
}

/** Frameworks that read such a header serve another method than the rule was matched with. */
function overridesMethod(app: App, request: ForwardedRequest): boolean {
  if (app.rules.every((rule) => rule.methods === 'any')) return false;
  return namesOf(request.headers).some((name) => overrideHeaders.has(foldName(name)));
}

const overrideHeaders = new Set(['x-http-method-override', 'x-http-method', 'x-method-override']);

function findRule(app: App, path: readonly string[], method: string | undefined): Rule | undefined {
  return app.rules.find((rule) => fitsPaths(rule, path) && fitsMethod(rule, method));
}

function fitsPaths(rule: Rule, path: readonly string[]): boolean {
  return rule.paths === 'any' || rule.paths.some((pattern) => fitsPattern(pattern, path));
}

function fitsMethod(rule: Rule, method: string | undefined): boolean {
  return rule.methods === 'any' || (method !== undefined && rule.methods.has(method));
}

/** By host, then by the longest prefix of whole segments. */
function findApp(host: RequestHost, path: ParsedPath, apps: AppIndex): App | undefined {
  const exact = longestPrefix(apps.byHost.get(host.name) ?? [], host, path);
  if (exact !== undefined || apps.others.length === 0) return exact;
  const fitting = apps.others.filter((app) => fitsHost(app.host, host));
  const mostSpecific = fitting.filter((app) => specificity(app) === specificity(fitting[0]));
  return longestPrefix(mostSpecific, host, path);
}

/** An app that names the port goes before one that does not; then the longest prefix. */
function longestPrefix(candidates: readonly App[], host: RequestHost, path: ParsedPath): App | undefined {
  let best: App | undefined;
  for (const app of candidates) {
    if (app.stripped || !fitsHost(app.host, host) || !hasPrefix(path.segments, app.prefix)) continue;
    if (best === undefined || rank(app) > rank(best)) best = app;
  }
  return best;
}

function rank(app: App): number {
  return app.prefix.length * 2 + (portOf(app.host) === undefined ? 0 : 1);
}

/** The path that the app's rules see; `undefined` where the request is not the app's at all. */
function pathBelow(app: App, path: ParsedPath, request: ForwardedRequest): readonly string[] | undefined {
  if (!fitsHost(app.host, request.host)) return undefined;
  if (app.stripped) return path.segments;
  return hasPrefix(path.segments, app.prefix) ? path.segments.slice(app.prefix.length) : undefined;
}

function hasPrefix(segments: readonly string[], prefix: readonly string[]): boolean {
  return prefix.every((part, index) => part === segments[index]);
}

export function fitsHost(host: AppHost, requested: RequestHost): boolean {
  switch (host.kind) {
    case 'exact':
      return host.name === requested.name && fitsPort(host.port, requested.port);
    case 'below':
      return requested.name.endsWith(host.suffix) && fitsPort(host.port, requested.port);
    case 'any':
      return true;
  }
}

/** The port counts only where the app's URL names one. */
function fitsPort(named: number | undefined, requested: number | undefined): boolean {
  return named === undefined || named === requested;
}

function portOf(host: AppHost): number | undefined {
  return host.kind === 'any' ? undefined : host.port;
}

function specificity(app: App | undefined): number {
  return app?.host.kind === 'below' ? app.host.suffix.length : 0;
}

function refuse(reason: 'no_app' | 'app_host_mismatch' | 'no_rule', app: App | undefined): Forbid {
  return { outcome: 'forbid', reason, app, rule: undefined, identity: undefined };
}

function unexpectedCharacter(character: string): Malformed {
  const detail = `the path has an encoded ${character}; an app takes it only with encodedCharacters: [${character}]`;
  return { outcome: 'malformed', reason: 'invalid_path', detail };
}

const methodOverride: Malformed = {
  outcome: 'malformed',
  reason: 'method_override',
  detail: 'a header overrides the method, and rules of this app go by the method',
};

const ambiguous: Malformed = {
  outcome: 'malformed',
  reason: 'ambiguous_path',
  detail: 'the path has a ; and falls under another rule without what follows it',
};
