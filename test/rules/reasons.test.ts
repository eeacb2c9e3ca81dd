// Every reason that the gateway refuses with is asserted in some test, and none is invented there.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { refusalReasons } from '../../gateway/reasons.ts';
import { readSources } from './sources.ts';

const tests = readSources('test').filter(
  ({ path }) => /^test\/cases\/|\.test\.ts$/.test(path) && !path.startsWith('test/rules/'),
);

describe('the reasons of a refusal', () => {
  for (const reason of refusalReasons)
    it(`${reason} has a test`, () => {
      // In quotes, alone or behind the status that goes with it.
      const asserted = new RegExp(`['"\`](?:\\w+ )?${reason}['"\`]`);
      const where = tests.filter(
        ({ path, text }) => /^test\/(?:gateway|cases|platform)\//.test(path) && asserted.test(text),
      );
      assert.ok(where.length > 0, `no test asserts ${reason}`);
    });

  it('are what the source can answer: a reason that nothing gives is no reason', () => {
    const source = readSources('gateway', 'platform').filter(
      ({ path }) => !/^gateway\/(?:types|reasons)\.ts$/.test(path),
    );
    const unused = refusalReasons.filter(
      (reason) => !source.some(({ text }) => text.includes(`'${reason}'`)),
    );
    assert.deepEqual(
      unused.filter((reason) => reason !== 'unreadable_request'),
      [],
    );
    const server = readSources('platform').find(({ path }) => path === 'platform/server.ts');
    assert.match(server?.text ?? '', /reason: 'unreadable_request'/);
  });
});
