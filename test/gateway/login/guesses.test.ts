import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Guesses } from '../../../gateway/login/guesses.ts';

const alice = { account: 'lab alice', clientAddress: '192.0.2.1' };

function tested() {
  const clock = { nowMs: Date.UTC(2026, 10, 21) };
  return { clock, guesses: new Guesses(() => clock.nowMs) };
}

function fail(guesses: Guesses, guess: typeof alice, times: number): void {
  for (let time = 0; time < times; time += 1) guesses.begin(guess);
}

describe('guesses', () => {
  it('are free five times, then wait longer and longer, five minutes at most', () => {
    const { clock, guesses } = tested();
    for (let time = 0; time < 5; time += 1)
      assert.deepEqual(guesses.begin(alice), { kind: 'go', delayMs: 0 });
    const waits: number[] = [];
    for (let time = 0; time < 12; time += 1) {
      const verdict = guesses.begin(alice);
      assert.ok(verdict.kind === 'wait');
      waits.push(verdict.seconds);
      clock.nowMs += verdict.seconds * 1000;
      assert.equal(guesses.begin(alice).kind, 'go');
    }
    assert.deepEqual(waits, [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300, 300]);
  });

  it('made while waiting make nobody wait longer', () => {
    const { clock, guesses } = tested();
    fail(guesses, alice, 5);
    for (let time = 0; time < 100; time += 1) assert.equal(guesses.begin(alice).kind, 'wait');
    clock.nowMs += 1000;
    assert.equal(guesses.begin(alice).kind, 'go');
  });

  it('of many at once count before any of them is answered', () => {
    const { guesses } = tested();
    const verdicts = Array.from({ length: 20 }, () => guesses.begin(alice).kind);
    assert.equal(verdicts.filter((kind) => kind === 'go').length, 5);
  });

  it('do not lock the owner out, who comes from another address', () => {
    const { guesses } = tested();
    for (let host = 1; host < 200; host += 1)
      fail(guesses, { ...alice, clientAddress: `198.51.100.${host}` }, 6);
    assert.deepEqual(guesses.begin(alice), { kind: 'go', delayMs: 3000 }, 'slower, and not refused');
  });

  it('do not even slow the owner down where they have signed in before', () => {
    const { guesses } = tested();
    guesses.begin(alice);
    guesses.succeeded(alice);
    for (let host = 1; host < 200; host += 1)
      fail(guesses, { ...alice, clientAddress: `198.51.100.${host}` }, 6);
    assert.deepEqual(guesses.begin(alice), { kind: 'go', delayMs: 0 });
  });

  it('do not lock out who shares the address', () => {
    const { guesses } = tested();
    for (let user = 0; user < 100; user += 1) fail(guesses, { ...alice, account: `lab user${user}` }, 6);
    assert.deepEqual(guesses.begin(alice), { kind: 'go', delayMs: 3000 });
  });

  it('are counted for the /64 of an IPv6 address, and for a name in whatever case', () => {
    const { guesses } = tested();
    for (let time = 0; time < 5; time += 1)
      guesses.begin({
        account: time % 2 === 0 ? 'lab Alice' : 'lab alice ',
        clientAddress: `2001:db8::${time}`,
      });
    assert.equal(guesses.begin({ ...alice, clientAddress: '2001:db8::ffff' }).kind, 'wait');
  });

  it('are forgotten by a success, after an hour, and where nobody could tell', () => {
    const { clock, guesses } = tested();
    fail(guesses, alice, 5);
    guesses.succeeded(alice);
    assert.equal(guesses.begin(alice).kind, 'go');
    fail(guesses, alice, 10);
    clock.nowMs += 3_600_001;
    assert.equal(guesses.begin(alice).kind, 'go');
    const bob = { ...alice, account: 'lab bob' };
    for (let time = 0; time < 20; time += 1) {
      assert.equal(guesses.begin(bob).kind, 'go');
      guesses.undecided(bob);
    }
  });
});
