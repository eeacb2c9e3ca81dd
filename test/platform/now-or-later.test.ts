import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { andThen, orElse } from '../../platform/now-or-later.ts';

describe('what is known', () => {
  it('is gone on with in the same turn', () => {
    assert.equal(
      andThen(1, (value) => value + 1),
      2,
    );
    assert.equal(
      orElse(
        () => 1,
        () => 2,
      ),
      1,
    );
  });

  it('and goes wrong at once is recovered from at once', () => {
    const fail = (): string => {
      throw new Error('at once');
    };
    assert.equal(orElse(fail, String), 'Error: at once');
    assert.equal(
      orElse(() => andThen(1, fail), String),
      'Error: at once',
    );
  });
});

describe('what has to be waited for', () => {
  it('is gone on with when it is there', async () => {
    const told = andThen(Promise.resolve(1), (value) => value + 1);
    assert.ok(told instanceof Promise);
    assert.equal(await told, 2);
  });

  it('and goes wrong is recovered from', async () => {
    const recovered = orElse<unknown>(() => Promise.reject(new Error('later')), String);
    assert.ok(recovered instanceof Promise);
    assert.equal(await recovered, 'Error: later');
    const afterwards = orElse<unknown>(
      () =>
        andThen(Promise.resolve(1), () => {
          throw new Error('afterwards');
        }),
      String,
    );
    assert.equal(await afterwards, 'Error: afterwards');
  });
});
