import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { describe, it, type TestContext } from 'node:test';
import { KeyRing } from '../../gateway/key-ring.ts';
import { withdrawAll } from '../../gateway/store/assertion-keys.ts';
import { type GatewayTables, migrations } from '../../gateway/store/migrations.ts';
import { openDatabase } from '../../platform/database.ts';
import { createLogger } from '../../platform/log.ts';
import { Unavailable } from '../../platform/unavailable.ts';

async function open(t: TestContext) {
  const url = 'sqlite::memory:';
  const db = await openDatabase<GatewayTables>({ url, durability: 'normal', exclusive: false, migrations });
  t.after(() => db.destroy());
  const clock = { nowMs: 1_800_000_000_000 };
  const log: string[] = [];
  const destination = { write: (line: string) => void log.push(line) };
  const options = {
    db,
    encryptionKeys: [randomBytes(32)] as const,
    rotateMs: 1_000_000,
    now: () => clock.nowMs,
    log: createLogger({ service: 'gateway', level: 'info', destination }),
  };
  return { options, log, clock, ring: await KeyRing.open(options) };
}

describe('the keys of a running gateway', () => {
  it('go on when the database cannot be read, and the log says so', async (t) => {
    const { options, log, ring } = await open(t);
    const { kid } = ring.signing(options.now());
    await options.db.schema.alterTable('assertion_keys').renameTo('elsewhere').execute();
    await ring.refresh();
    assert.equal(ring.signing(options.now()).kid, kid);
    assert.equal(ring.published().length, 2);
    assert.match(log.join(''), /could not be read again/);
  });

  it('that are withdrawn sign nothing more, even where the new ones cannot be opened: it is an outage', async (t) => {
    const { options, log, ring } = await open(t);
    await withdrawAll({ ...options, encryptionKeys: [randomBytes(32)] as const }, options.now());
    await ring.refresh();
    assert.throws(() => ring.signing(options.now()), Unavailable);
    assert.deepEqual(ring.published(), []);
    assert.match(log.join(''), /encrypted with another key/);
  });

  it('are opened once, and a change is logged', async (t) => {
    const { options, log, ring } = await open(t);
    const { privateKey } = ring.signing(options.now());
    await ring.refresh();
    assert.equal(ring.signing(options.now()).privateKey, privateKey);
    assert.deepEqual(log, []);
    await withdrawAll(options, options.now());
    await ring.refresh();
    assert.match(log.join(''), /the assertion keys have changed/);
  });

  it('sign to the millisecond for as long as their turn is, also on a clock that is set back', async (t) => {
    const { options, clock, ring } = await open(t);
    const first = ring.signing(options.now()).kid;
    const turnMs = clock.nowMs + options.rotateMs;
    clock.nowMs = turnMs - 1;
    assert.equal(ring.signing(options.now()).kid, first);
    clock.nowMs = clock.nowMs + 2 * 60 * 60_000;
    const next = ring.signing(options.now()).kid;
    assert.notEqual(next, first);
    clock.nowMs = turnMs - 1;
    assert.equal(ring.signing(options.now()).kid, first);
  });
});
