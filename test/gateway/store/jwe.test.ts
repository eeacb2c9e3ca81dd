import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { describe, it } from 'node:test';
import { CompactEncrypt } from 'jose';
import { decryptWithAny, encrypt } from '../../../gateway/store/jwe.ts';

const key = randomBytes(32);
const other = randomBytes(32);
const plaintext = new TextEncoder().encode('a refresh token');

describe('what the gateway keeps encrypted', () => {
  it('is opened by any of the keys, and by no other', async () => {
    const sealed = await encrypt(plaintext, key);
    assert.deepEqual(await decryptWithAny(sealed, [key]), plaintext);
    assert.deepEqual(await decryptWithAny(sealed, [other, key]), plaintext);
    assert.equal(await decryptWithAny(sealed, [other]), undefined);
  });

  it('is not opened where a byte of it was altered, or where it is no JWE', async () => {
    const parts = (await encrypt(plaintext, key)).split('.');
    for (const at of [0, 2, 3, 4]) {
      const altered = parts.map((part, index) => (index === at ? flipFirst(part) : part)).join('.');
      assert.equal(await decryptWithAny(altered, [key]), undefined, `part ${at}`);
    }
    for (const text of ['', 'x', 'a.b.c.d.e']) assert.equal(await decryptWithAny(text, [key]), undefined);
  });

  it('is not opened where it was encrypted in another way with the same key', async () => {
    const seal = (header: { alg: string; enc: string }) =>
      new CompactEncrypt(plaintext).setProtectedHeader(header).encrypt(key);
    assert.equal(await decryptWithAny(await seal({ alg: 'dir', enc: 'A128CBC-HS256' }), [key]), undefined);
    assert.equal(await decryptWithAny(await seal({ alg: 'A256KW', enc: 'A256GCM' }), [key]), undefined);
  });
});

function flipFirst(text: string): string {
  return `${text.startsWith('A') ? 'B' : 'A'}${text.slice(1)}`;
}
