import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { describe, it } from 'node:test';
import { makeSealedKey, openSealedKey } from '../../../gateway/store/sealed-key.ts';

describe('an assertion key as it is kept', () => {
  const encryptionKey = randomBytes(32);

  it('publishes nothing that signs', async () => {
    const key = await openSealedKey(await makeSealedKey(encryptionKey), encryptionKey);
    assert.deepEqual(Object.keys(key.publicJwk).sort(), ['alg', 'crv', 'kid', 'kty', 'use', 'x', 'y']);
    assert.deepEqual([key.publicJwk.alg, key.publicJwk.use, key.publicJwk.kid], ['ES256', 'sig', key.kid]);
    assert.equal(key.privateKey.extractable, false);
  });

  it('cannot be opened with another encryption key, and it is said what to do', async () => {
    const sealed = await makeSealedKey(encryptionKey);
    await assert.rejects(openSealedKey(sealed, randomBytes(32)), {
      message: /another key than assertion\.encryptionKey: give the old one back, or delete the rows/,
    });
  });
});
