import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type QuestionLimits, Questions } from '../../../gateway/credentials/questions.ts';
import { Unavailable } from '../../../platform/unavailable.ts';

const limits: QuestionLimits = { maxConcurrent: 2, maxWaiting: 3, maxWaitMs: 60_000, maxPerClient: 100 };

function open() {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  let asked = false;
  const question = () => {
    asked = true;
    return promise;
  };
  return { question, resolve, reject, wasAsked: () => asked };
}

const busy = (pattern: RegExp) => (error: unknown) =>
  error instanceof Unavailable &&
  error.reason === 'busy' &&
  error.retryAfterSeconds > 0 &&
  pattern.test(error.message);

/** Lets everything happen that can happen without time. */
const settle = () => new Promise<void>((resolve) => setImmediate(resolve));

describe('questions to a provider', () => {
  it('are asked so many at a time, the others in their turn', async () => {
    const questions = new Questions('scicat', limits);
    const all = [open(), open(), open()];
    const answers = all.map(({ question }) => questions.ask('a', question));
    await settle();
    assert.deepEqual(
      all.map(({ wasAsked }) => wasAsked()),
      [true, true, false],
    );
    all[0]?.resolve('one');
    assert.equal(await answers[0], 'one');
    await settle();
    assert.equal(all[2]?.wasAsked(), true);
    all[1]?.resolve('two');
    all[2]?.resolve('three');
    assert.deepEqual(await Promise.all(answers), ['one', 'two', 'three']);
  });

  it('that would wait behind too many are busy, and not asked later either', async () => {
    const questions = new Questions('scicat', limits);
    const waiting = Array.from({ length: 5 }, open);
    const answers = waiting.map(({ question }) => questions.ask('a', question));
    await settle();
    const late = open();
    await assert.rejects(questions.ask('b', late.question), busy(/3 questions wait/));
    for (const one of waiting) one.resolve('x');
    await Promise.all(answers);
    await settle();
    assert.equal(late.wasAsked(), false);
  });

  it('of one client are bounded apart: another one still gets through', async () => {
    const questions = new Questions('scicat', { ...limits, maxPerClient: 1 });
    const first = open();
    const answer = questions.ask('192.0.2.1', first.question);
    await assert.rejects(
      questions.ask('192.0.2.1', open().question),
      busy(/one client has 1 questions open/),
    );
    assert.equal(await questions.ask('192.0.2.2', async () => 'other'), 'other');
    first.resolve('done');
    await answer;
    assert.equal(await questions.ask('192.0.2.1', async () => 'again'), 'again');
  });

  it('of clients whose address nobody knows are bounded with all others alone', async () => {
    const questions = new Questions('scicat', { ...limits, maxPerClient: 1 });
    const asked = Array.from({ length: 5 }, open);
    const answers = asked.map(({ question }) => questions.ask(undefined, question));
    await settle();
    await assert.rejects(questions.ask(undefined, open().question), busy(/3 questions wait/));
    await assert.rejects(questions.ask('192.0.2.1', open().question), busy(/3 questions wait/));
    for (const one of asked) one.resolve('x');
    assert.equal((await Promise.all(answers)).length, 5);
    assert.equal(await questions.ask(undefined, async () => 'again'), 'again');
  });

  it('that wait too long are busy, and not asked later either', async (t) => {
    t.mock.timers.enable({ apis: ['setTimeout'] });
    const questions = new Questions('scicat', { ...limits, maxConcurrent: 1, maxWaitMs: 5000 });
    const first = open();
    const second = open();
    const [one, two] = [questions.ask('a', first.question), questions.ask('a', second.question)];
    await settle();
    t.mock.timers.tick(5000);
    await assert.rejects(two, busy(/waited longer than 5000 ms/));
    first.resolve('slow, but its turn had come');
    assert.match(await one, /slow/);
    await settle();
    assert.equal(second.wasAsked(), false);
    assert.equal(await questions.ask('a', async () => 'next'), 'next');
  });

  it('that fail free their place', async () => {
    const questions = new Questions('scicat', { ...limits, maxConcurrent: 1, maxPerClient: 1 });
    for (let at = 0; at < 10; at += 1)
      await assert.rejects(
        questions.ask('a', () => Promise.reject(new Error('down'))),
        { message: 'down' },
      );
    assert.equal(await questions.ask('a', async () => 'next'), 'next');
  });
});
