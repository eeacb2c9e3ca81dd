// Rules of an app that can never decide, because earlier ones fit everything that they fit: whoever wrote one believes that
// it does. A rule that can be reached is never refused. Pure.

import type { Path } from '../platform/config/lines.ts';
import type { Complaint } from '../platform/config/mistakes.ts';
import { coversNetworks } from '../platform/networks.ts';
import { coversPattern } from './policy/pattern.ts';
import type { PathPattern, Rule } from './types.ts';

export function findUnreachable(app: string, rules: readonly Rule[]): readonly Complaint[] {
  return rules.flatMap((rule, index) => {
    const before = rules.slice(0, index).filter(({ isObserved }) => !isObserved);
    const covering = findCovering(before, rule);
    if (covering.length === 0) return [];
    const named = covering.map(({ id, line }) => `${id} (line ${line})`).join(' and ');
    const fit = covering.length === 1 ? 'fits' : 'together fit';
    return [{ path: pathOf(app, rule), message: `never reached: ${named} ${fit} everything that it fits` }];
  });
}

/** Whether it is for all paths, from anywhere: IPv4 alone is wide enough. */
export function isForEverything(rule: Pick<Rule, 'paths' | 'networks'>): boolean {
  const fitsEveryPath = patternsOf(rule).some((pattern) => coversPattern(pattern, everyPath));
  return fitsEveryPath && coversNetworks(networksOf(rule), ['0.0.0.0/0']);
}

/** @returns the earlier rules that cover it, none of which could be left out; none where they do not. */
function findCovering(before: readonly Rule[], rule: Rule): readonly Rule[] {
  if (!areCovering(before, rule)) return [];
  return before.reduceRight((kept, candidate) => {
    const others = kept.filter((other) => other !== candidate);
    return areCovering(others, rule) ? others : kept;
  }, before);
}

/** Each method under each path, from every network: of a list of rules each may cover some. */
function areCovering(before: readonly Rule[], rule: Rule): boolean {
  return partsOf(rule).every((part) =>
    coversNetworks(
      before.filter((candidate) => fitsAll(candidate, part)).flatMap(networksOf),
      networksOf(rule),
    ),
  );
}

type Part = { readonly method: string | 'any'; readonly pattern: PathPattern };

const everyPath: PathPattern = { text: '/**', segments: [], isPrefix: true };
/** IPv4 addresses are among them. */
const everywhere = ['::/0'];

function partsOf({ methods, paths }: Rule): readonly Part[] {
  return [...(methods === 'any' ? ['any'] : methods)].flatMap((method) =>
    patternsOf({ paths }).map((pattern) => ({ method, pattern })),
  );
}

/** But for networks. */
function fitsAll({ methods, paths }: Rule, { method, pattern }: Part): boolean {
  return (
    (methods === 'any' || methods.has(method)) &&
    patternsOf({ paths }).some((candidate) => coversPattern(candidate, pattern))
  );
}

function patternsOf({ paths }: Pick<Rule, 'paths'>): readonly PathPattern[] {
  return paths === 'any' ? [everyPath] : paths;
}

function networksOf({ networks }: Pick<Rule, 'networks'>): readonly string[] {
  return networks === 'any' ? everywhere : networks.texts;
}

function pathOf(app: string, rule: Rule): Path {
  const index = /\.rules\[(\d+)\]$/.exec(rule.id)?.[1];
  return index === undefined
    ? ['apps', app, rule.id.slice(app.length + 1)]
    : ['apps', app, 'rules', Number(index)];
}
