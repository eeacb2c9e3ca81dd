import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { askOnce } from '../../../gateway/credentials/ask-once.ts';
import type { Verify } from '../../../gateway/credentials/verify.ts';
import { Unavailable } from '../../../platform/unavailable.ts';
import { sampleApp, sampleIdentity } from '../samples.ts';

const context = { app: sampleApp(), clientAddress: undefined };
const bearer = (token: string) => ({ kind: 'bearer', header: 'authorization', token }) as const;

describe('somebody who is asked once', () => {
  it('is not asked again for the same credential, at once or later', async () => {
    for (const isLater of [false, true]) {
      const asked: string[] = [];
      const verify: Verify = (credential) => {
        asked.push(JSON.stringify(credential));
        const verified = { kind: 'verified', identity: sampleIdentity() } as const;
        return isLater ? Promise.resolve(verified) : verified;
      };
      const once = askOnce(verify);
      const first = once(bearer('a'), context);
      assert.equal(once(bearer('a'), context), first);
      await once(bearer('b'), context);
      assert.equal(asked.length, 2);
    }
  });

  it('is not asked again when it is down', async () => {
    let asked = 0;
    const once = askOnce(async () => {
      asked += 1;
      throw new Unavailable({ dependency: 'scicat', reason: 'timeout', message: 'slow' });
    });
    for (let turn = 0; turn < 2; turn += 1)
      await assert.rejects(Promise.resolve(once(bearer('a'), context)), Unavailable);
    assert.equal(asked, 1);
  });
});
