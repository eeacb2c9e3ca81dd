// Which app a request is of: what the index finds without walking all apps is what walking them all finds.
import assert from 'node:assert/strict';
import { it } from 'node:test';
import fc from 'fast-check';
import { match } from '../../../gateway/policy/match.ts';
import type { App, AppHost, RequestHost } from '../../../gateway/types.ts';
import { index, sampleApp, sampleRequest } from '../samples.ts';

/** By the words of docs: the exact host, then the longest suffix, then any; the longest prefix; a port that is named. */
function walk(apps: readonly App[], host: RequestHost, segments: readonly string[]): App | undefined {
  const rank = ({ host: own, prefix }: App): readonly number[] => {
    const isHere =
      own.kind === 'any' ||
      ((own.port ?? host.port) === host.port &&
        (own.kind === 'exact' ? own.name === host.name : host.name.endsWith(own.suffix)));
    if (!isHere || prefix.some((part, at) => part !== segments[at])) return [];
    const hostRank = own.kind === 'exact' ? 1000 : own.kind === 'below' ? own.suffix.length : 0;
    return [hostRank, prefix.length, own.kind !== 'any' && own.port !== undefined ? 1 : 0];
  };
  const isBetter = (one: readonly number[], other: readonly number[]): boolean => {
    const at = one.findIndex((part, place) => part !== other[place]);
    return at >= 0 && (one[at] ?? 0) > (other[at] ?? -1);
  };
  return apps
    .filter((app) => !app.stripped && rank(app).length > 0)
    .reduce<App | undefined>(
      (best, app) => (best === undefined || isBetter(rank(app), rank(best)) ? app : best),
      undefined,
    );
}

const hostNames = fc.constantFrom('lab.org', 'a.lab.org', 'b.a.lab.org', 'other.org', 'constructor');
const ports = fc.constantFrom(undefined, 443, 8443);
const hosts: fc.Arbitrary<AppHost> = fc.oneof(
  fc.record({ kind: fc.constant('exact'), name: hostNames, port: ports }),
  fc.record({ kind: fc.constant('below'), suffix: fc.constantFrom('.lab.org', '.a.lab.org'), port: ports }),
  fc.record({ kind: fc.constant('any') }),
);
const segments = fc.constantFrom('a', 'b', 'constructor', '__proto__');
const app = fc.record({
  host: hosts,
  prefix: fc.array(segments, { maxLength: 2 }),
  stripped: fc.nat(4).map((n) => n === 0),
});
const request = fc.record({
  name: hostNames,
  port: ports,
  path: fc
    .tuple(fc.array(segments, { maxLength: 2 }), fc.constantFrom('', 'a', 'b'))
    .map(([path, last]) => [...path, last]),
  query: fc.constantFrom('', '?a=/b'),
});

it('the app of a request is the one that is found by walking them all', () => {
  let found = 0;
  fc.assert(
    fc.property(fc.array(app, { maxLength: 8 }), fc.array(request), (drawn, requests) => {
      const apps = drawn.map((own, at) => sampleApp({ name: `app-${at}`, ...own }));
      const indexed = index(...apps);
      for (const { name, port, path, query } of requests) {
        const asked = sampleRequest({ host: { name, port }, target: `/${path.join('/')}${query}` });
        const matched = match({ ...asked, scheme: 'https' }, indexed);
        const expected = walk(apps, { name, port: port ?? 443 }, path);
        assert.equal('app' in matched ? matched.app?.name : undefined, expected?.name);
        if (expected !== undefined) found += 1;
      }
    }),
    { numRuns: 1000 },
  );
  assert.ok(found > 1000, `${found} were found`);
});
