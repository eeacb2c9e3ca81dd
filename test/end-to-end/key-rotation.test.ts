// Two gateways on one database, and the transfer-service's own reader of assertions, through the turns of several keys.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { decodeProtectedHeader } from 'jose';
import { refreshEveryMs } from '../../gateway/key-ring.ts';
import { publishedAfterMs, publishedAheadMs, settleMs } from '../../gateway/store/key-schedule.ts';
import { createAssertionReader } from '../../transfer-service/caller.ts';
import { startBeamgate } from '../cli/processes.ts';
import { type TestClock, timesOf } from '../platform/times.ts';
import { startOidc } from '../simulators/oidc/start.ts';
import { type KeyedGateway, prepareGateways, publicUrl } from './two-gateways.ts';

const minuteMs = 60_000;
const dayMs = 24 * 60 * minuteMs;

async function start(t: TestContext) {
  const lab = await startOidc();
  const farAway = Math.floor(Date.now() / 1000) + 400 * 86_400;
  const token = await lab.accessToken({ exp: farAway });
  const site = prepareGateways(lab.issuer, async () => token);
  t.after(async () => {
    await site.stop();
    await lab.stop();
  });
  return { ...site, gateways: [await site.start(), await site.start()] as const };
}

/** A service that asks one of the gateways for its keys. */
function service({ jwksUrl }: KeyedGateway, clock: TestClock) {
  const read = createAssertionReader({
    jwksUrl,
    issuer: publicUrl,
    audience: 'transfer',
    timeoutMs: 5000,
    clock: timesOf(clock),
  });
  return async (assertion: string): Promise<string> => {
    const reading = await read({ rawHeaders: ['X-Auth-Assertion', assertion], peerAddress: '127.0.0.1' });
    return reading.kind === 'caller' ? reading.caller.username : JSON.stringify(reading);
  };
}

const kidOf = (assertion: string) => decodeProtectedHeader(assertion).kid;

describe('the keys of two gateways on one database', () => {
  it('are the same, and the next one is published with the one that signs', async (t) => {
    const { gateways } = await start(t);
    const [first, second] = gateways;
    const kids = await first.kids();
    assert.equal(kids.length, 2);
    assert.deepEqual(await second.kids(), kids);
    assert.equal(kidOf(await first.assertion()), kids[0]);
    assert.equal(kidOf(await second.assertion()), kids[0]);
  });

  it('take turns without a refused request, whichever gateway signs and whichever publishes', async (t) => {
    const { gateways, clock } = await start(t);
    const services = gateways.map((gateway) => service(gateway, clock));
    const kids = new Set<unknown>();
    // Every service also gets what was signed a while ago and is still good.
    let recent: readonly string[] = [];
    const step = async () => {
      const assertions = await Promise.all(gateways.map((gateway) => gateway.assertion()));
      for (const assertion of assertions) kids.add(kidOf(assertion));
      recent = [...assertions, ...recent].slice(0, 6);
      for (const read of services)
        for (const assertion of recent) assert.equal(await read(assertion), 'alice');
    };
    for (let turn = 0; turn < 2; turn += 1) {
      recent = [];
      clock.nowMs += 30 * dayMs - 5 * minuteMs - turn * publishedAfterMs;
      // Through the change of keys second by second, the two reading the database in turn, one of them rarely.
      for (let index = 0; index < 60; index += 1) {
        clock.nowMs += 10_000;
        if (index % 3 === 0) await gateways[0].refresh();
        if (index % 20 === 0) await gateways[1].refresh();
        await step();
      }
      clock.nowMs += publishedAfterMs - 5 * minuteMs;
      for (const gateway of gateways) await gateway.refresh();
      recent = [];
      await step();
    }
    assert.equal(kids.size, 3);
    assert.deepEqual(await gateways[0].kids(), await gateways[1].kids());
  });

  it('take no turn before every service can know them, however long both gateways were stopped', async (t) => {
    const { gateways, clock } = await start(t);
    const [first, second] = gateways;
    const before = await first.kids();
    clock.nowMs += 200 * dayMs;
    await first.refresh();
    await second.refresh();
    const kids = await first.kids();
    assert.equal(kids[0], before[1], 'the one that was published all along signs now');
    assert.equal(kidOf(await second.assertion()), kids[0]);
    clock.nowMs += publishedAheadMs - 1;
    assert.equal(kidOf(await first.assertion()), kids[0]);
    clock.nowMs += 1;
    assert.equal(kidOf(await first.assertion()), kids[1]);
  });
});

describe('beamgate keys', () => {
  async function keys(folder: string, text: string, ...args: readonly string[]) {
    const file = join(folder, 'gateway.yaml');
    writeFileSync(file, text);
    const { ended, output } = startBeamgate(['keys', ...args, '--config', file]);
    return { code: await ended, output: output() };
  }

  it('rotate --now: no gateway signs with a leaked key once it has read the database, and no service believes it', async (t) => {
    const { gateways, clock, folder, configText } = await start(t);
    const [first, second] = gateways;
    const read = service(second, clock);
    const [leaked, next] = await first.kids();
    const stolen = await first.assertion();
    assert.equal(await read(stolen), 'alice');
    const { code, output } = await keys(folder, configText, 'rotate', '--now');
    assert.equal(code, 0, output);
    assert.match(output, /withdrawn +\S+ +\S+ +/);
    for (const gateway of gateways) {
      await gateway.refresh();
      const kids = await gateway.kids();
      assert.equal(kids.length, 2);
      assert.ok(!kids.includes(leaked) && !kids.includes(next), 'both were in the same place');
    }
    const fresh = await first.assertion();
    assert.notEqual(kidOf(fresh), leaked, 'what was signed before is not used again');
    clock.nowMs += 10_001;
    assert.equal(await read(fresh), 'alice', 'an unknown key is asked for');
    assert.match(await read(stolen), /unknown key/);
    assert.ok(refreshEveryMs <= 5_000, 'docs/assertions.md says how soon');
  });

  it('rotate: the next key signs as soon as it is known everywhere', async (t) => {
    const { gateways, clock, folder, configText } = await start(t);
    const [first] = gateways;
    const kids = await first.kids();
    const { code, output } = await keys(folder, configText, 'rotate');
    assert.equal(code, 0, output);
    assert.match(output, /key 2 signs from \S+; no request is refused/);
    await first.refresh();
    assert.equal(kidOf(await first.assertion()), kids[0]);
    clock.nowMs += publishedAheadMs + settleMs;
    assert.equal(kidOf(await first.assertion()), kids[1]);
  });

  it('list: each key, its state and its turn', async (t) => {
    const { gateways, folder, configText } = await start(t);
    const { code, output } = await keys(folder, configText, 'list');
    assert.equal(code, 0, output);
    const [heading, ...rows] = output.trim().split('\n');
    assert.match(heading ?? '', /state +signs from +published until +kid/);
    const listed = rows.map((row) => row.split(/ +/));
    assert.deepEqual(
      listed.map(([number, state, , , kid]) => [number, state, kid]),
      (await gateways[0].kids()).map((kid, index) => [String(index + 1), ['signing', 'next'][index], kid]),
    );
  });

  it('says what is wrong: an unknown action, no file, no database, another encryption key', async (t) => {
    const { folder, configText } = await start(t);
    assert.equal((await keys(folder, configText, 'rotat')).code, 2);
    assert.equal(await startBeamgate(['keys', 'list']).ended, 2);
    const elsewhere = configText.replace('db.sqlite', 'other.sqlite');
    const missing = await keys(folder, elsewhere, 'rotate', '--now');
    assert.equal(missing.code, 1);
    assert.match(missing.output, /there is no database .*other\.sqlite: run this in the folder/);
    const config = { ...JSON.parse(configText), assertion: { encryptionKey: `test-only:${'A'.repeat(43)}` } };
    const wrong = await keys(folder, JSON.stringify(config), 'rotate', '--now');
    assert.equal(wrong.code, 1);
    assert.match(wrong.output, /encrypted with another key/);
  });
});
