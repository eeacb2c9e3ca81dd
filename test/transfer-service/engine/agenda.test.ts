import assert from 'node:assert/strict';
import { it } from 'node:test';
import { Agenda } from '../../../transfer-service/engine/agenda.ts';
import { FakeClock } from './fake-clock.ts';

function open() {
  const clock = new FakeClock();
  return { clock, agenda: new Agenda(clock), never: new AbortController().signal };
}

it('what is woken is due, once', () => {
  const { agenda } = open();
  agenda.wake('a');
  agenda.wake('a');
  assert.deepEqual(agenda.takeDue(), ['a']);
  assert.deepEqual(agenda.takeDue(), []);
});

it('what is wanted at a time is due then, and no later time moves it', () => {
  const { agenda, clock } = open();
  agenda.wakeIn('a', 100);
  agenda.wakeIn('a', 200);
  agenda.wakeIn('b', 150);
  clock.advance(99);
  assert.deepEqual(agenda.takeDue(), []);
  clock.advance(1);
  assert.deepEqual(agenda.takeDue(), ['a']);
  clock.advance(50);
  assert.deepEqual(agenda.takeDue(), ['b']);
});

it('an earlier time, or at once, comes first', () => {
  const { agenda, clock } = open();
  agenda.wakeIn('a', 100);
  agenda.wakeIn('a', 10);
  clock.advance(10);
  assert.deepEqual(agenda.takeDue(), ['a']);
  agenda.wakeIn('a', 100);
  agenda.wake('a');
  assert.deepEqual(agenda.takeDue(), ['a']);
  clock.advance(1000);
  assert.deepEqual(agenda.takeDue(), []);
});

it('rests until something is due, and no longer when something earlier comes', async () => {
  const { agenda, clock, never } = open();
  agenda.wakeIn('a', 1000);
  const first = agenda.rest(never);
  agenda.wakeIn('b', 10);
  await first;
  const second = agenda.rest(never);
  clock.advance(10);
  await second;
  assert.deepEqual(agenda.takeDue(), ['b']);
  const third = agenda.rest(never);
  agenda.wake('c');
  await third;
  assert.deepEqual(agenda.takeDue(), ['c']);
});

it('does not rest while something is due, and ends when it is told to', async () => {
  const { agenda, never } = open();
  agenda.wake('a');
  await agenda.rest(never);
  agenda.takeDue();
  const stop = new AbortController();
  const resting = agenda.rest(stop.signal);
  stop.abort(new Error('stopped'));
  await assert.rejects(resting, /stopped/);
});
