// A forwarded request -> the app and the rule that it falls under. The first rule whose paths, methods and networks
// fit decides; no rule fits: denied. Pure.
import { valuesOf } from '../proxies/headers.ts';
import type { App, AppHost, Forbid, ForwardedRequest, Malformed, RequestHost, Rule } from '../types.ts';
import { type AppIndex, specificity } from './app-index.ts';
import { findMethodOverride } from './method-override.ts';
import { readPath } from './path.ts';
import { fitsPattern } from './pattern.ts';
import { findUntold } from './untold.ts';

export type Matched = {
  readonly outcome: 'matched';
  readonly app: App;
  readonly rule: Rule;
  /** A CORS preflight that the app lets pass: `rule` is that of the request it announces. */
  readonly isPreflight: boolean;
  /** The app's own sign-out: opened as a page, or sent by a form or script; `undefined`: none. */
  readonly signOut: 'page' | 'form' | undefined;
};

/** Why a rule does not decide: what of it does not fit, or that it fits and only observes. */
export type Misfit = 'paths' | 'methods' | 'networks' | 'observed';

/** Hears of every rule that was looked at, in turn; `undefined`: this one decides. */
export type Note = (rule: Rule, misfit: Misfit | undefined) => void;

const ignore: Note = () => {};

/** @returns the rule, or why there is none: malformed, no app, another app's host, no rule of the app. */
export function match(
  request: ForwardedRequest,
  apps: AppIndex,
  note: Note = ignore,
): Matched | Forbid | Malformed {
  const path = readPath(request.target);
  if ('outcome' in path) return path;
  const located = locate(path.segments, request, apps);
  if ('outcome' in located) return located;
  const { app } = located;
  if (request.namedGroups !== undefined && !app.takesLabels) return refuse('labels_not_allowed', app);
  const unexpected = path.encoded.find((character) => !app.encodedCharacters.has(character));
  if (unexpected !== undefined) return unexpectedCharacter(unexpected);
  const override = findMethodOverride(app, request);
  if (override !== undefined) return override;
  const untold = findUntold(app, request);
  if (untold !== undefined) return untold;
  const announced = app.passesPreflight ? announcedMethod(request) : undefined;
  const asked = { method: announced ?? request.method, clientAddress: request.clientAddress };
  const rule = findRule(located, asked, note);
  const isSame = (reading: readonly string[]): boolean => {
    const other = locate(reading, request, apps);
    return !('outcome' in other) && other.app === app && findRule(other, asked, ignore) === rule;
  };
  if (path.isAmbiguous && !otherReadings(path.segments).every(isSame)) return ambiguous;
  return rule === undefined
    ? refuse('no_rule', app)
    : {
        outcome: 'matched',
        app,
        rule,
        isPreflight: announced !== undefined,
        signOut: signOutOf(located, request.method),
      };
}

type Located = {
  readonly app: App;
  /** The path that the app's rules see. */
  readonly below: readonly string[];
};

function locate(segments: readonly string[], request: ForwardedRequest, apps: AppIndex): Located | Forbid {
  const host = withPort(request);
  const { namedApp } = request;
  const app = namedApp === undefined ? findApp(host, segments, apps) : apps.byName.get(namedApp);
  if (app === undefined) return refuse('no_app', undefined);
  if (namedApp !== undefined && !(app.stripped ? fitsHost(app.host, host) : isIts(app, host, segments)))
    return refuse('app_host_mismatch', app);
  const isWhole = app.stripped || app.prefix.length === 0;
  return { app, below: isWhole ? segments : segments.slice(app.prefix.length) };
}

/** A browser leaves out the port that belongs to the scheme, and an app's URL may name it. */
function withPort({ host, scheme }: ForwardedRequest): RequestHost {
  return { name: host.name, port: host.port ?? (scheme === 'https' ? 443 : 80) };
}

/**
 * The same path as a proxy or an app may read it: an encoded slash as a slash, and what stands behind a `;` as a
 * parameter, which is no part of the name. Segments that are empty in such a reading count for nothing.
 */
function otherReadings(segments: readonly string[]): readonly (readonly string[])[] {
  const split = segments.flatMap((segment) => segment.split('/'));
  const named = (list: readonly string[]) => list.map((segment) => segment.split(';', 1)[0] ?? '');
  const isThere = (segment: string, index: number, list: readonly string[]) =>
    segment !== '' || index === list.length - 1;
  return [split, named(segments), named(split)].map((reading) => reading.filter(isThere));
}

/**
 * What a CORS preflight asks for (Fetch standard, section 4.8: OPTIONS with `Origin` and
 * `Access-Control-Request-Method`, each once); `undefined` for any other request.
 */
export function announcedMethod({ method, headers }: ForwardedRequest): string | undefined {
  if (method !== 'OPTIONS' || valuesOf(headers, 'origin').length !== 1) return undefined;
  const [announced, ...others] = valuesOf(headers, 'access-control-request-method');
  return announced !== undefined && others.length === 0 && /^[A-Z-]{1,40}$/.test(announced)
    ? announced
    : undefined;
}

function signOutOf({ app, below }: Located, method: string | undefined): Matched['signOut'] {
  if (!app.logoutPaths.some((pattern) => fitsPattern(pattern, below))) return undefined;
  return method === 'GET' ? 'page' : method === 'POST' ? 'form' : undefined;
}

type Asked = Pick<ForwardedRequest, 'method' | 'clientAddress'>;

function findRule({ app, below }: Located, asked: Asked, note: Note): Rule | undefined {
  return app.rules.find((rule) => {
    const misfit = misfitOf(rule, below, asked);
    note(rule, misfit);
    return misfit === undefined;
  });
}

function misfitOf(rule: Rule, below: readonly string[], asked: Asked): Misfit | undefined {
  if (!fitsPaths(rule, below)) return 'paths';
  if (!fitsMethod(rule, asked.method)) return 'methods';
  if (!fitsNetworks(rule, asked.clientAddress)) return 'networks';
  return rule.isObserved ? 'observed' : undefined;
}

function fitsPaths(rule: Rule, path: readonly string[]): boolean {
  return rule.paths === 'any' || rule.paths.some((pattern) => fitsPattern(pattern, path));
}

function fitsMethod(rule: Rule, method: string | undefined): boolean {
  return rule.methods === 'any' || (method !== undefined && rule.methods.has(method));
}

function fitsNetworks({ networks }: Rule, address: string | undefined): boolean {
  return networks === 'any' || (address !== undefined && networks.has(address));
}

/** By host, the most specific that has an app there, then by the longest prefix of whole segments. */
function findApp(host: RequestHost, path: readonly string[], apps: AppIndex): App | undefined {
  const atHost = apps.byHost.get(host.name);
  if (atHost !== undefined) {
    const isHere = (app: App) => fitsPort(portOf(app.host), host.port) && hasPrefix(path, app.prefix);
    const below = atHost.below?.get(path[0] ?? '')?.filter(isHere);
    const exact = longestPrefix(below ?? []) ?? longestPrefix(atHost.whole.filter(isHere));
    if (exact !== undefined) return exact;
  }
  const fitting = apps.others.filter((app) => isIts(app, host, path));
  return longestPrefix(fitting.filter((app) => specificity(app) === specificity(fitting[0])));
}

/** Of two apps with one prefix, the one whose URL names the port. */
function longestPrefix(fitting: readonly App[]): App | undefined {
  let best: App | undefined;
  for (const app of fitting) if (best === undefined || rank(app) > rank(best)) best = app;
  return best;
}

function isIts(app: App, host: RequestHost, path: readonly string[]): boolean {
  return fitsHost(app.host, host) && hasPrefix(path, app.prefix);
}

function rank(app: App): number {
  return app.prefix.length * 2 + (portOf(app.host) === undefined ? 0 : 1);
}

export function hasPrefix(segments: readonly string[], prefix: readonly string[]): boolean {
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

type RefusalBeforeRules = 'no_app' | 'app_host_mismatch' | 'labels_not_allowed' | 'no_rule';

function refuse(reason: RefusalBeforeRules, app: App | undefined): Forbid {
  return { outcome: 'forbid', reason, app, rule: undefined, identity: undefined };
}

function unexpectedCharacter(character: string): Malformed {
  const detail = `the path has an encoded ${character}; an app takes it only with encodedCharacters: [${character}]`;
  return { outcome: 'malformed', reason: 'invalid_path', detail };
}

const ambiguous: Malformed = {
  outcome: 'malformed',
  reason: 'ambiguous_path',
  detail: 'the path falls under another rule if %2F is read as / or what follows a ; is left out',
};
