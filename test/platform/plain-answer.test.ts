import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { headOf } from '../../platform/plain-answer.ts';

const startMs = Date.UTC(2026, 10, 28, 12, 0, 0, 250);
const usual = { status: 200, headers: ['X-Auth-Username', 'alice'], body: '' };
const other = { status: 403, headers: [], body: 'für dich' };

describe('the head of an answer', () => {
  it('says which second it is, whatever is answered', (t) => {
    t.mock.timers.enable({ apis: ['setTimeout', 'Date'], now: startMs });
    const saidBy = () => [usual, other].map((answer) => /^Date: (.*)\r$/m.exec(headOf(answer, false))?.[1]);
    const at = (second: number) => {
      const date = `Sat, 28 Nov 2026 12:00:0${second} GMT`;
      return [date, date];
    };
    assert.deepEqual(saidBy(), at(0));
    t.mock.timers.tick(749);
    assert.deepEqual(saidBy(), at(0));
    t.mock.timers.tick(1);
    assert.deepEqual(saidBy(), at(1));
    t.mock.timers.tick(5000);
    assert.deepEqual(saidBy(), at(6));
  });

  it('is whole, with and without a body, and says where the connection ends', () => {
    const without = (head: string) => head.replace(/Date: .*\r\n/, '');
    assert.equal(
      without(headOf(usual, false)),
      'HTTP/1.1 200 OK\r\nContent-Length: 0\r\nX-Auth-Username: alice\r\n\r\n',
    );
    assert.equal(
      without(headOf({ ...usual, body: 'é' }, true)),
      'HTTP/1.1 200 OK\r\nContent-Length: 2\r\nX-Auth-Username: alice\r\nConnection: close\r\n\r\n',
    );
    assert.equal(without(headOf(other, false)), 'HTTP/1.1 403 Forbidden\r\nContent-Length: 9\r\n\r\n');
    assert.equal(
      without(headOf({ ...other, status: 799, body: '' }, false)),
      'HTTP/1.1 799 Unknown\r\nContent-Length: 0\r\n\r\n',
    );
  });

  for (const headers of [
    ['X-A\r\nX-B', 'c'],
    ['X-A', 'b\r\nX-B: c'],
    ['X-A', 'b\0'],
    ['', 'b'],
    ['X A', 'b'],
    ['X-A', '\u0100'],
  ])
    it(`is none with ${JSON.stringify(headers)}`, () => {
      assert.throws(() => headOf({ ...usual, headers }, false), TypeError);
    });
});
