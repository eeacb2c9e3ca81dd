import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { describe, it } from 'node:test';
import {
  createPendingSeal,
  idOfState,
  makePendingId,
  makePendingLogin,
} from '../../../gateway/login/pending-login.ts';
import { createTokenSeal } from '../../../gateway/sessions/token-seal.ts';

const key = randomBytes(32);
const other = randomBytes(32);
const nowMs = Date.UTC(2026, 10, 21);

const pending = () =>
  makePendingLogin(makePendingId(nowMs), {
    provider: 'lab',
    parameters: { return_to: 'x' },
    createdAtMs: nowMs,
  });

describe('a pending login', () => {
  it('comes back as it was sealed, and nobody reads it on the way', async () => {
    const seal = createPendingSeal([key]);
    const made = pending();
    const sealed = await seal.seal(made);
    assert.deepEqual(await seal.open(sealed), made);
    for (const secret of [made.state, made.nonce, made.verifier])
      assert.ok(!Buffer.from(sealed).includes(Buffer.from(secret)));
  });

  it('with a long deep link is still one that a cookie holds', async () => {
    const panes = Array.from({ length: 90 }, (_, index) => `%22expr%22:%22rate(http_requests_${index})%22,`);
    const return_to = `https://lab.org/grafana/explore?left=${panes.join('')}`;
    const made = makePendingLogin(makePendingId(nowMs), {
      provider: 'lab',
      parameters: { return_to },
      createdAtMs: nowMs,
    });
    assert.ok(return_to.length > 2500);
    assert.ok((await createPendingSeal([key]).seal(made)).length < 2000);
  });

  it('is opened by the key before, too, and by no other', async () => {
    const sealed = await createPendingSeal([key]).seal(pending());
    assert.notEqual(await createPendingSeal([other, key]).open(sealed), undefined);
    assert.equal(await createPendingSeal([other]).open(sealed), undefined);
  });

  it('is nothing that was altered, or sealed for another purpose with the same key', async () => {
    const seal = createPendingSeal([key]);
    const sealed = await seal.seal(pending());
    const tokens = await createTokenSeal([key]).seal({
      refreshToken: 'x',
      idToken: undefined,
      accessExpiresAtMs: undefined,
    });
    const flipped = sealed.replace(/.(?=[^.]*$)/, (letter) => (letter === 'A' ? 'B' : 'A'));
    for (const text of ['', 'x', 'a.b.c.d.e', flipped, sealed.slice(1), tokens])
      assert.equal(await seal.open(text), undefined, text.slice(0, 20));
  });

  it('has a state that names its cookie, and shares no secret with another', () => {
    const id = makePendingId(nowMs);
    const one = makePendingLogin(id, { provider: 'lab', parameters: {}, createdAtMs: nowMs });
    const two = makePendingLogin(id, { provider: 'lab', parameters: {}, createdAtMs: nowMs });
    assert.equal(idOfState(one.state), id);
    assert.equal(new Set([one.state, one.nonce, one.verifier, two.state, two.nonce, two.verifier]).size, 6);
    for (const state of ['', 'x', `${id}`, `${id}.`, `${one.state}x`, `../${one.state}`, `${one.state}\n`])
      assert.equal(idOfState(state), undefined);
  });
});
