import assert from 'node:assert/strict';
import { it } from 'node:test';
import { Places } from '../../../transfer-service/engine/places.ts';

it('offers places in the order of asking, and no more than there are', () => {
  const places = new Places(1);
  assert.equal(places.isOffered('a'), true);
  places.hold('a', 1);
  assert.equal(places.isOffered('b'), false);
  assert.equal(places.isOffered('c'), false);
  assert.deepEqual(places.next(), []);
  places.hold('a', 0);
  assert.equal(places.isOffered('c'), false);
  assert.deepEqual(places.next(), ['b']);
  assert.equal(places.isOffered('b'), true);
});

it('passes over who has left the line', () => {
  const places = new Places(1);
  places.hold('a', 1);
  places.isOffered('b');
  places.isOffered('c');
  places.leave('b');
  places.hold('a', 0);
  assert.deepEqual(places.next(), ['c']);
});

it('counts what one transfer holds, up and down', () => {
  const places = new Places(3);
  places.hold('a', 2);
  places.hold('a', 3);
  assert.equal(places.isOffered('b'), false);
  places.hold('a', 1);
  assert.equal(places.heldBy('a'), 1);
  assert.deepEqual(places.next(), ['b']);
});
