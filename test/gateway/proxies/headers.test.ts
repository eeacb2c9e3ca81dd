import assert from 'node:assert/strict';
import { it } from 'node:test';
import fc from 'fast-check';
import { findName, foldName, readsAsOneOf, valuesOf } from '../../../gateway/proxies/headers.ts';
import { namesOf } from '../../../gateway/proxies/names.ts';

it('every value of a name is found, in its order, whatever its case', () => {
  const headers = ['Cookie', 'a', 'X-A', 'Cookie', 'COOKIE', 'b'];
  assert.deepEqual(valuesOf(headers, 'cookie'), ['a', 'b']);
  assert.deepEqual(valuesOf(headers, 'x-a'), ['Cookie']);
  assert.deepEqual(valuesOf(headers, 'a'), []);
  assert.deepEqual(namesOf(headers), ['Cookie', 'X-A', 'COOKIE']);
});

it('a value is never taken for a name, and a name without one for nothing', () => {
  assert.deepEqual(valuesOf(['X-A', 'authorization', 'X-B'], 'authorization'), []);
  assert.deepEqual(valuesOf(['authorization'], 'authorization'), []);
});

it('a name is folded as CGI, WSGI and PHP fold it', () => {
  for (const name of ['X-Auth-Username', 'x_auth_username', 'X.AUTH~username'])
    assert.equal(foldName(name), 'x-auth-username');
});

it('a name that folds to one of several is found, and no other', () => {
  const wanted = ['X-Auth-Username', 'X-Auth-Groups', 'Remote-User', 'a', 'X1', 'b-2c'];
  const isOne = readsAsOneOf(wanted);
  const character = fc.constantFrom(...'-_.~!1aAuUxXsSrR2cB');
  const nearly = fc
    .tuple(fc.constantFrom(...wanted), fc.nat(), character, fc.boolean())
    .map(([name, at, other, isUpper]) => {
      const index = at % name.length;
      const changed = name.slice(0, index) + other + name.slice(index + 1);
      return isUpper ? changed.toUpperCase().replaceAll('-', '_') : changed;
    });
  fc.assert(
    fc.property(fc.oneof(nearly, fc.string({ unit: character, maxLength: 4 })), (name) => {
      assert.equal(
        isOne(name),
        wanted.some((one) => foldName(one) === foldName(name)),
        name,
      );
    }),
    { numRuns: 3000 },
  );
});

it('what is found among the headers of one request is never said of another, however they take turns', () => {
  const long = `X-${'a'.repeat(80)}`;
  const name = fc.constantFrom('X-A', 'x-a', 'X_A', 'Cookie', 'cookie', long, long.toLowerCase());
  const list = fc
    .array(fc.tuple(name, fc.constantFrom('1', '2')), { maxLength: 4 })
    .chain((pairs) => fc.constantFrom(pairs.flat(), pairs.flat().slice(0, -1), [...pairs, ...pairs].flat()));
  const isLikeA = readsAsOneOf(['X-A']);
  const asked = fc.tuple(fc.nat(), fc.constantFrom('x-a', 'cookie', long.toLowerCase()));
  fc.assert(
    fc.property(fc.array(list, { minLength: 1, maxLength: 4 }), fc.array(asked), (lists, questions) => {
      for (const [which, wanted] of questions) {
        const headers = lists[which % lists.length] ?? [];
        const whole = headers.flatMap((text, at) =>
          at % 2 === 0 && at + 1 < headers.length ? [{ name: text, value: headers[at + 1] }] : [],
        );
        const expected = whole.filter((pair) => pair.name.toLowerCase() === wanted);
        assert.deepEqual(
          valuesOf(headers, wanted),
          expected.map(({ value }) => value),
        );
        assert.equal(findName(headers, isLikeA), namesOf(headers).find(isLikeA));
      }
    }),
  );
});

it('a test that is made for one request finds in that one alone', () => {
  for (let time = 0; time < 40; time += 1)
    assert.equal(
      findName(['X-A', '1', 'X-B', '2'], (name) => name === (time % 2 === 0 ? 'X-A' : 'X-B')),
      time % 2 === 0 ? 'X-A' : 'X-B',
    );
});
