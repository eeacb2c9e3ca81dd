import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type Asker, type QuestionLimits, Questions } from '../../../gateway/credentials/questions.ts';
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

const at = (address: string | undefined): Asker => ({ kind: 'address', address });
const user = (id: string): Asker => ({ kind: 'user', id });

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
    const answers = all.map(({ question }) => questions.ask(at('a'), question));
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
    const answers = waiting.map(({ question }) => questions.ask(at('a'), question));
    await settle();
    const late = open();
    await assert.rejects(questions.ask(at('b'), late.question), busy(/3 questions wait/));
    for (const one of waiting) one.resolve('x');
    await Promise.all(answers);
    await settle();
    assert.equal(late.wasAsked(), false);
  });

  it('of one client are bounded apart: another one still gets through', async () => {
    const questions = new Questions('scicat', { ...limits, maxPerClient: 1 });
    const first = open();
    const answer = questions.ask(at('192.0.2.1'), first.question);
    await assert.rejects(
      questions.ask(at('192.0.2.1'), open().question),
      busy(/one client has 1 questions open/),
    );
    assert.equal(await questions.ask(at('192.0.2.2'), async () => 'other'), 'other');
    first.resolve('done');
    await answer;
    assert.equal(await questions.ask(at('192.0.2.1'), async () => 'again'), 'again');
  });

  it('of known users are bounded by user, however many share an address', async () => {
    const questions = new Questions('scicat', { ...limits, maxConcurrent: 4, maxPerClient: 1 });
    const first = open();
    const answers = [
      questions.ask(user('u1'), first.question),
      questions.ask(at('192.0.2.1'), first.question),
    ];
    await assert.rejects(questions.ask(user('u1'), open().question), busy(/one user has 1 questions open/));
    assert.equal(await questions.ask(user('u2'), async () => 'other'), 'other');
    first.resolve('done');
    await Promise.all(answers);
  });

  it('of a flood from one address delay others by one turn at most', async () => {
    const questions = new Questions('scicat', { ...limits, maxConcurrent: 1, maxWaiting: 100 });
    const first = open();
    const order: string[] = [];
    const flood = async () => {
      order.push('flood');
      return '';
    };
    const note = (name: string) => async () => void order.push(name);
    const answers = [questions.ask(at('192.0.2.1'), first.question)];
    for (let index = 0; index < 50; index += 1) answers.push(questions.ask(at('192.0.2.1'), flood));
    const others = [
      questions.ask(at('192.0.2.2'), note('neighbour')),
      questions.ask(user('u1'), note('known user at the same address')),
      questions.ask(at(undefined), note('unknown address')),
    ];
    first.resolve('');
    await Promise.all(others);
    assert.deepEqual(
      order.filter((name) => name !== 'flood'),
      ['neighbour', 'known user at the same address', 'unknown address'],
    );
    assert.ok(order.filter((name) => name === 'flood').length <= 2, order.join());
    await Promise.all(answers);
  });

  it('of clients whose address nobody knows are bounded with all others alone', async () => {
    const questions = new Questions('scicat', { ...limits, maxPerClient: 1 });
    const asked = Array.from({ length: 5 }, open);
    const answers = asked.map(({ question }) => questions.ask(at(undefined), question));
    await settle();
    await assert.rejects(questions.ask(at(undefined), open().question), busy(/3 questions wait/));
    await assert.rejects(questions.ask(at('192.0.2.1'), open().question), busy(/3 questions wait/));
    for (const one of asked) one.resolve('x');
    assert.equal((await Promise.all(answers)).length, 5);
    assert.equal(await questions.ask(at(undefined), async () => 'again'), 'again');
  });

  it('that wait too long are busy, and not asked later either', async (t) => {
    t.mock.timers.enable({ apis: ['setTimeout'] });
    const questions = new Questions('scicat', { ...limits, maxConcurrent: 1, maxWaitMs: 5000 });
    const first = open();
    const second = open();
    const [one, two] = [questions.ask(at('a'), first.question), questions.ask(at('a'), second.question)];
    await settle();
    t.mock.timers.tick(5000);
    await assert.rejects(two, busy(/waited longer than 5000 ms/));
    first.resolve('slow, but its turn had come');
    assert.match(await one, /slow/);
    await settle();
    assert.equal(second.wasAsked(), false);
    assert.equal(await questions.ask(at('a'), async () => 'next'), 'next');
  });

  it('that fail free their place', async () => {
    const questions = new Questions('scicat', { ...limits, maxConcurrent: 1, maxPerClient: 1 });
    for (let time = 0; time < 10; time += 1)
      await assert.rejects(
        questions.ask(at('a'), () => Promise.reject(new Error('down'))),
        { message: 'down' },
      );
    assert.equal(await questions.ask(at('a'), async () => 'next'), 'next');
  });
});
