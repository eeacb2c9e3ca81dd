import assert from 'node:assert/strict';
import { it } from 'node:test';
import { Pace } from '../../../transfer-service/engine/pace.ts';

it('the first has its turn at once, each other one a step later', () => {
  const pace = new Pace(50);
  assert.deepEqual([pace.waitMs('a', 1000), pace.waitMs('b', 1000), pace.waitMs('c', 1000)], [0, 50, 100]);
});

it('a turn is kept while it is waited for, and taken once', () => {
  const pace = new Pace(50);
  pace.waitMs('a', 0);
  assert.equal(pace.waitMs('b', 0), 50);
  assert.equal(pace.waitMs('b', 20), 30);
  assert.equal(pace.waitMs('b', 50), 0);
  assert.equal(pace.waitMs('b', 50), 50);
});

it('turns that nobody took are not made up for', () => {
  const pace = new Pace(50);
  pace.waitMs('a', 0);
  assert.deepEqual([pace.waitMs('b', 10_000), pace.waitMs('c', 10_000)], [0, 50]);
});

it('who leaves asks for a new turn', () => {
  const pace = new Pace(50);
  pace.waitMs('a', 0);
  pace.waitMs('b', 0);
  pace.leave('b');
  assert.equal(pace.waitMs('b', 0), 100);
});
