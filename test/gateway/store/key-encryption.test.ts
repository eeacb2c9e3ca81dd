import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { readEncryptionKey, readEncryptionKeys } from '../../../gateway/store/key-encryption.ts';
import { Secret } from '../../../platform/config/secrets.ts';

function folder(t: TestContext): string {
  const made = mkdtempSync(join(tmpdir(), 'beamgate-key-'));
  t.after(() => rmSync(made, { recursive: true }));
  return made;
}

describe('the key that encrypts what is kept', () => {
  it('is made on the first start, in a file that only its owner may read, and read again on the next', (t) => {
    const file = join(folder(t), 'var', 'db.key');
    const key = readEncryptionKey({ generatedFile: file });
    assert.equal(key.length, 32);
    assert.equal(statSync(file).mode & 0o777, 0o600);
    assert.equal(statSync(join(file, '..')).mode & 0o777, 0o700);
    assert.deepEqual(readEncryptionKey({ generatedFile: file }), key);
    assert.deepEqual(readdirSync(join(file, '..')), ['db.key'], 'no draft is left behind');
  });

  it('is another one in every place', (t) => {
    const place = folder(t);
    const [one, two] = ['a', 'b'].map((name) => readEncryptionKey({ generatedFile: join(place, name) }));
    assert.notDeepEqual(one, two);
  });

  it('comes before those that it has replaced', () => {
    const secrets = [1, 2, 3].map(
      (byte) => new Secret(`env:K${byte}`, Buffer.alloc(32, byte).toString('base64url')),
    );
    const [first, ...previous] = secrets;
    assert.ok(first !== undefined);
    const keys = readEncryptionKeys({ secret: first }, previous);
    assert.deepEqual(
      keys.map((key) => [key.length, key[0]]),
      [
        [32, 1],
        [32, 2],
        [32, 3],
      ],
    );
  });

  it('is taken as it is where it is given', () => {
    const text = Buffer.alloc(32, 7).toString('base64url');
    assert.deepEqual([...readEncryptionKey({ secret: new Secret('env:KEY', text) })], Array(32).fill(7));
  });

  it('that is none says where it stands and how to make one, and shows nothing of it', (t) => {
    for (const text of ['hunter2', '', 'x'.repeat(100)])
      assert.throws(() => readEncryptionKey({ secret: new Secret('env:KEY', text) }), {
        message: /the encryption key in env:KEY is not 32 bytes in base64url; make one with: openssl rand/,
      });
    const file = join(folder(t), 'key');
    writeFileSync(file, 'hunter2');
    assert.throws(
      () => readEncryptionKey({ generatedFile: file }),
      (error: Error) => error.message.includes(file) && !error.message.includes('hunter2'),
    );
    assert.equal(readFileSync(file, 'utf8'), 'hunter2', 'what is there is never overwritten');
  });

  it('is there whole or not at all: a file that cannot be made leaves nothing', (t) => {
    const place = folder(t);
    writeFileSync(join(place, 'not-a-folder'), '');
    assert.throws(
      () => readEncryptionKey({ generatedFile: join(place, 'not-a-folder', 'key') }),
      /EEXIST|ENOTDIR/,
    );
    assert.ok(!existsSync(join(place, 'key')));
  });
});
