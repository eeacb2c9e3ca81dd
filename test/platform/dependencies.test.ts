import assert from 'node:assert/strict';
import { it } from 'node:test';
import { Dependencies } from '../../platform/dependencies.ts';

it('a dependency is unknown until it is called, then up or down since a time', () => {
  let nowMs = 0;
  const dependencies = new Dependencies(['scicat', 'globus'], () => nowMs);
  const at = (ms: number) => new Date(ms).toISOString();
  assert.deepEqual(dependencies.report(), [
    { name: 'scicat', state: 'unknown', since: at(0) },
    { name: 'globus', state: 'unknown', since: at(0) },
  ]);
  nowMs = 1000;
  dependencies.failed('scicat', 'timeout');
  nowMs = 2000;
  dependencies.failed('scicat', 'unreachable');
  assert.deepEqual(dependencies.report()[0], {
    name: 'scicat',
    state: 'down',
    since: at(1000),
    reason: 'unreachable',
  });
  nowMs = 3000;
  dependencies.succeeded('scicat');
  nowMs = 4000;
  dependencies.succeeded('scicat');
  assert.deepEqual(dependencies.report()[0], { name: 'scicat', state: 'up', since: at(3000) });
});
