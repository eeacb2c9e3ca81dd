import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { describe, it } from 'node:test';
import { makeSealedKey, openSealedKey, sealAgain } from '../../../gateway/store/sealed-key.ts';

describe('an assertion key as it is kept', () => {
  const encryptionKeys = [randomBytes(32)] as const;

  it('publishes nothing that signs', async () => {
    const key = await openSealedKey(await makeSealedKey(encryptionKeys), encryptionKeys);
    assert.deepEqual(Object.keys(key.publicJwk).sort(), ['alg', 'crv', 'kid', 'kty', 'use', 'x', 'y']);
    assert.deepEqual([key.publicJwk.alg, key.publicJwk.use, key.publicJwk.kid], ['ES256', 'sig', key.kid]);
    assert.equal(JSON.stringify(key.privateKey), '{}');
  });

  it('cannot be opened with another encryption key, and it is said what to do', async () => {
    const sealed = await makeSealedKey(encryptionKeys);
    await assert.rejects(openSealedKey(sealed, [randomBytes(32)]), {
      message: /another key than assertion\.encryptionKey: give the old one back, .*or delete the rows/,
    });
  });

  it('opens with a key that was replaced, and is encrypted with the new one', async () => {
    const sealed = await makeSealedKey(encryptionKeys);
    const rotated = [randomBytes(32), ...encryptionKeys] as const;
    assert.equal((await openSealedKey(sealed, rotated)).kid, sealed.kid);
    const again = await sealAgain(sealed, rotated);
    assert.ok(again !== undefined);
    const renewed = { ...sealed, private_jwe: again };
    assert.equal((await openSealedKey(renewed, [rotated[0]])).kid, sealed.kid);
    assert.equal(await sealAgain(renewed, rotated), undefined);
    await assert.rejects(openSealedKey(renewed, encryptionKeys));
  });
});
