import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type Claim, type PlaceLimits, Places } from '../../../transfer-service/engine/places.ts';

const open = (limits: Partial<PlaceLimits> = {}) =>
  new Places({ total: 1, perUser: Number.POSITIVE_INFINITY, ofFacilities: new Map(), ...limits });

const claim = (id: string, user = 'alice', ...facilities: readonly string[]): Claim => ({
  ...{ id, user },
  facilities: facilities.length > 0 ? facilities : ['LAB', 'ARCHIVE'],
});

describe('places', () => {
  it('are offered in the order of asking, and no more than there are', () => {
    const places = open();
    assert.equal(places.isOffered(claim('a')), true);
    places.hold(claim('a'), 1);
    assert.equal(places.isOffered(claim('b')), false);
    assert.equal(places.isOffered(claim('c')), false);
    assert.deepEqual(places.next(), []);
    places.hold(claim('a'), 0);
    assert.equal(places.isOffered(claim('c')), false);
    assert.deepEqual(places.next(), ['b']);
    assert.equal(places.isOffered(claim('b')), true);
  });

  it('pass over who has left the line', () => {
    const places = open();
    places.hold(claim('a'), 1);
    places.isOffered(claim('b'));
    places.isOffered(claim('c'));
    places.leave(claim('b'));
    places.hold(claim('a'), 0);
    assert.deepEqual(places.next(), ['c']);
  });

  it('count what one transfer holds, up and down', () => {
    const places = open({ total: 3 });
    places.hold(claim('a'), 2);
    places.hold(claim('a'), 3);
    assert.equal(places.isOffered(claim('b')), false);
    places.hold(claim('a'), 1);
    assert.equal(places.heldBy('a').count, 1);
    assert.deepEqual(places.next(), ['b']);
  });

  it('go first to the user who has the fewest, however many another waits with', () => {
    const places = open({ total: 4 });
    places.hold(claim('a-1'), 4);
    for (let index = 0; index < 1000; index += 1) places.isOffered(claim(`a${index}`));
    places.hold(claim('a-1'), 2);
    assert.deepEqual(places.next(), ['a0', 'a1']);
    assert.equal(places.isOffered(claim('b0', 'bob')), true);
    places.hold(claim('b0', 'bob'), 1);
    assert.equal(places.isOffered(claim('b1', 'bob')), true);
    places.hold(claim('b1', 'bob'), 1);
    assert.equal(places.isOffered(claim('c0', 'carol')), false);
    places.hold(claim('a-1'), 0);
    assert.deepEqual(places.next(), ['a0', 'c0']);
  });

  it('are no more of one user than the limit, though there are free ones', () => {
    const places = open({ total: 10, perUser: 2 });
    places.hold(claim('x'), 2);
    for (const id of ['a', 'b', 'c']) assert.equal(places.isOffered(claim(id)), false);
    assert.deepEqual(places.next(), []);
    places.hold(claim('x'), 1);
    assert.deepEqual(places.next(), ['a']);
    places.hold(claim('x'), 2);
    assert.equal(places.isOffered(claim('d', 'bob')), true);
  });

  it('are no more from and to a facility than its limit, and others pass by', () => {
    const places = open({ total: 10, ofFacilities: new Map([['LAB', 1]]) });
    places.hold(claim('a'), 1);
    assert.equal(places.isOffered(claim('b', 'bob', 'ARCHIVE', 'LAB')), false);
    assert.equal(places.isOffered(claim('c', 'bob', 'ARCHIVE', 'OTHER')), true);
    places.hold(claim('a'), 0);
    assert.deepEqual(places.next(), ['b']);
  });

  it('are found among ten thousand that wait without a look at each', () => {
    const places = open({ total: 100 });
    for (let index = 0; index < 10_000; index += 1) places.hold(claim(`h${index % 100}`), 1);
    const since = performance.now();
    for (let index = 0; index < 10_000; index += 1) places.isOffered(claim(`w${index}`, `user${index % 50}`));
    places.hold(claim('h0'), 0);
    for (let turn = 0; turn < 1000; turn += 1) assert.deepEqual(places.next(), ['w0']);
    assert.ok(performance.now() - since < 5_000);
  });

  it('are not taken by tasks that are parked', () => {
    const places = open({ total: 1 });
    places.hold(claim('a'), 1);
    assert.equal(places.isOffered(claim('b', 'bob')), false);
    places.hold(claim('a'), 1, { parked: 1 });
    assert.deepEqual(places.next(), ['b']);
    assert.equal(places.heldBy('a').count, 1);
  });

  it('go by what is at work: a user with parked tasks is not behind the others', () => {
    const places = open({ total: 2 });
    places.hold(claim('a'), 5, { parked: 5 });
    places.hold(claim('b', 'bob'), 1);
    assert.equal(places.isOffered(claim('c')), true);
    places.hold(claim('c'), 1);
    assert.equal(places.isOffered(claim('d', 'bob')), false);
    assert.equal(places.isOffered(claim('e')), false);
    places.hold(claim('c'), 0);
    assert.deepEqual(places.next(), ['e']);
  });

  it('are left for others, however many tasks of one user are parked', () => {
    const places = open({ total: 3, open: 10 });
    const parked = (user: string) => {
      let count = 0;
      while (places.isOffered(claim(`${user}-${count}`, user))) {
        places.hold(claim(`${user}-${count}`, user), 1, { parked: 1 });
        count += 1;
      }
      places.leave(claim(`${user}-${count}`, user));
      return count;
    };
    assert.deepEqual([parked('alice'), parked('bob'), parked('carol')], [5, 3, 1]);
    assert.equal(places.isOffered(claim('d', 'dave')), true);
  });

  it('can be made more and fewer', () => {
    const places = open({ total: 1 });
    places.hold(claim('a'), 1);
    assert.equal(places.isOffered(claim('b')), false);
    places.limit({ total: 2, perUser: 2, ofFacilities: new Map() });
    assert.deepEqual(places.next(), ['b']);
    places.limit({ total: 1, perUser: 2, ofFacilities: new Map() });
    assert.deepEqual(places.next(), []);
  });

  it('have a line while somebody waits', () => {
    const places = open();
    assert.equal(places.hasLine, false);
    places.hold(claim('a'), 1);
    places.isOffered(claim('b'));
    assert.equal(places.hasLine, true);
    places.leave(claim('b'));
    assert.equal(places.hasLine, false);
  });
});
