import assert from 'node:assert/strict';
import { it } from 'node:test';
import { InSteps } from '../../platform/in-steps.ts';

const nextTurn = () => new Promise((resolve) => setImmediate(resolve));

it('what a turn has brought goes through each step together, and only what a step lets on', async () => {
  const done: string[] = [];
  const steps = new InSteps<number>([
    (item) => {
      done.push(`first ${item}`);
      return item !== 2;
    },
    (item) => done.push(`second ${item}`) > 0,
  ]);
  for (const item of [1, 2, 3]) steps.add(item);
  assert.deepEqual(done, [], 'nothing in the same turn');
  await nextTurn();
  assert.deepEqual(done, ['first 1', 'first 2', 'first 3', 'second 1', 'second 3']);
});

it('what comes while others are on their way has its turn after them, and nothing is lost of very many', async () => {
  const done: number[] = [];
  const steps: InSteps<number> = new InSteps<number>([
    (item) => {
      if (item < 1000) steps.add(item + 1000);
      return true;
    },
    (item) => done.push(item) > 0,
  ]);
  for (let item = 0; item < 200; item += 1) steps.add(item);
  await nextTurn();
  await nextTurn();
  const all = Array.from({ length: 200 }, (_, item) => item);
  assert.deepEqual(done, [...all, ...all.map((item) => item + 1000)]);
});
