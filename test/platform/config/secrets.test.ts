import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { inspect } from 'node:util';
import { Secret, secretSchema } from '../../../platform/config/secrets.ts';

const schema = secretSchema({
  readFile: (path) => {
    if (path === '/empty') return '\n';
    if (path === '/good') return 'hunter2\r\n';
    throw Object.assign(new Error(`ENOENT ${path}`), { code: 'ENOENT' });
  },
  environment: { GOOD: 'hunter2', EMPTY: '' },
});

describe('a secret', () => {
  it('is read from its place', () => {
    for (const reference of ['file:/good', 'env:GOOD', 'test-only:hunter2'])
      assert.equal(schema.parse(reference).reveal(), 'hunter2');
  });

  it('prints its place only', () => {
    const secret = new Secret('env:X', 'hunter2');
    const printed = [
      `${secret}`,
      String(secret),
      JSON.stringify({ secret }),
      inspect(secret, { depth: 9, showHidden: true }),
    ];
    for (const text of [...printed, Object.keys(secret).join()]) assert.doesNotMatch(text, /hunter2/);
    assert.equal(JSON.stringify(secret), '"[secret from env:X]"');
  });

  const mistakes: readonly (readonly [unknown, RegExp])[] = [
    ['hunter2', /does not stand in this file/],
    ['https://hunter2', /does not stand in this file/],
    ['', /does not stand in this file/],
    ['FILE:/good', /does not stand in this file/],
    ['file:/nope', /the file \/nope cannot be read \(ENOENT\)/],
    ['file:/empty', /the file \/empty is empty/],
    ['env:NOPE', /the environment variable NOPE is not set/],
    ['env:EMPTY', /the environment variable EMPTY is not set/],
    [5, /expected string/],
  ];
  for (const [reference, complaint] of mistakes)
    it(`is not ${JSON.stringify(reference)}`, () => {
      const parsed = schema.safeParse(reference);
      assert.match(parsed.error?.issues[0]?.message ?? '', complaint);
      assert.doesNotMatch(JSON.stringify(parsed.error?.issues), /hunter2/);
    });
});
