import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Secret } from '../../platform/config/secrets.ts';
import { OutgoingSecret } from '../../transfer-service/outgoing-secret.ts';

const secret = (value: string) => new Secret('a test', value);

test('a secret is replaced by another, once', () => {
  const outgoing = new OutgoingSecret(secret('one'), () => secret('two'));
  assert.equal(outgoing.reveal(), 'one');
  assert.equal(outgoing.takeReplacement(), true);
  assert.equal(outgoing.reveal(), 'two');
  assert.equal(outgoing.takeReplacement(), false);
});

for (const [what, readAgain] of [
  ['cannot be read again', () => undefined],
  ['is never read again', undefined],
  ['is the same', () => secret('one')],
] as const) {
  test(`a secret that ${what} stays`, () => {
    const outgoing = new OutgoingSecret(secret('one'), readAgain);
    assert.equal(outgoing.takeReplacement(), false);
    assert.equal(outgoing.reveal(), 'one');
  });
}
