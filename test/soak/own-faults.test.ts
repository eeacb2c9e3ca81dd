// Faults of our own, with the service as a process: a full disk, a damaged database, a second process, a clock
// that jumps. A migration that was interrupted: interrupted-migration.test.ts.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { open, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { waitFor } from '../end-to-end/wait-for.ts';
import { audit } from './audit.ts';
import type { ProcessOptions } from './service.ts';
import { requestPatiently, type Site, startSite } from './site.ts';

async function openSite(t: TestContext, prepare?: (root: string) => ProcessOptions): Promise<Site> {
  const site = await startSite(({ root }) => prepare?.(root) ?? {});
  t.after(() => site.stop());
  return site;
}

async function finish(site: Site, pid: string): Promise<void> {
  const query = new URLSearchParams({ scicatPid: pid }).toString();
  await waitFor(
    `${pid} has finished, and SciCat knows`,
    async () => {
      const { transfers } = await site.list(query).catch(() => ({ transfers: [] }));
      return site.facility.scicat.job(transfers[0]?.jobId ?? '')?.statusCode === '003';
    },
    60_000,
  );
}

async function assertOnce(site: Site, wanted: Parameters<typeof audit>[1]): Promise<void> {
  const { lost, doubled } = await audit(site.facility, wanted, (await site.list('limit=500')).transfers);
  assert.deepEqual({ lost, doubled }, { lost: [], doubled: [] });
}

/** 2 MB that can be filled; undefined where this user may not mount. */
function smallDisk(t: TestContext): string | undefined {
  const folder = mkdtempSync(join(tmpdir(), 'beamgate-disk-'));
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=2m', 'tmpfs', folder]);
  t.after(() => {
    if (mounted.status === 0) spawnSync('umount', ['-l', folder]);
    rmSync(folder, { recursive: true, force: true });
  });
  return mounted.status === 0 ? folder : undefined;
}

async function fill(file: string): Promise<void> {
  const handle = await open(file, 'w');
  try {
    for (;;) await handle.write(Buffer.alloc(4096));
  } catch (error) {
    assert.match(String(error), /ENOSPC/);
  } finally {
    await handle.close();
  }
}

describe('a full disk', () => {
  it('is 503 for who asks, loses nothing that was stored, and what waits goes on when there is room', async (t) => {
    const disk = smallDisk(t);
    if (disk === undefined) return t.skip('this user may not mount a small disk');
    const site = await openSite(t, () => ({ database: join(disk, 'transfers.sqlite') }));
    site.facility.globus.setBytesPerSecond(1);
    await site.service.start();
    const moving = await site.addDataset('moving', { isList: false });
    await requestPatiently(site, moving, 20_000);
    await waitFor('its task runs', () => site.facility.globus.tasks().length === 1);
    const filler = join(disk, 'filler');
    await fill(filler);
    const refused = await site.addDataset('refused', { isList: true });
    await waitFor('a request is refused', async () => {
      return (await site.post(refused)).status === 503;
    });
    const answer = await site.post(refused);
    assert.deepEqual([answer.status, answer.headers.has('retry-after')], [503, true]);
    assert.match(await answer.text(), /"message":"/);
    site.facility.globus.setBytesPerSecond(Number.POSITIVE_INFINITY);
    await waitFor('the data is there', () => site.facility.globus.tasks()[0]?.status === 'SUCCEEDED');
    assert.equal((await fetch(`${site.service.url}/version`)).status, 200);
    await rm(filler);
    await requestPatiently(site, refused, 20_000);
    for (const { pid } of [moving, refused]) await finish(site, pid);
    await assertOnce(site, [moving, refused]);
  });

  it('at the start is said, with what to do', async (t) => {
    const disk = smallDisk(t);
    if (disk === undefined) return t.skip('this user may not mount a small disk');
    const site = await openSite(t, () => ({ database: join(disk, 'transfers.sqlite') }));
    await fill(join(disk, 'filler'));
    const { code, errors } = await site.service.failToStart();
    assert.equal(code, 1);
    assert.match(errors, /transfers\.sqlite: the disk is full; free some room/);
  });
});

describe('a damaged database', () => {
  const damages: Readonly<Record<string, (file: string) => Promise<void>>> = {
    'a file that is no database': (file) =>
      writeFile(file, 'not a database at all, but long enough to be read'.repeat(50)),
    'pages that were overwritten': async (file) => {
      const handle = await open(file, 'r+');
      // The header stays, so that it looks like one.
      for (let page = 1; page < 12; page += 1)
        await handle.write(Buffer.alloc(2048, 0xa5), 0, 2048, page * 4096);
      await handle.close();
    },
    'a file cut short': async (file) => {
      const handle = await open(file, 'r+');
      await handle.truncate(4096 * 3);
      await handle.close();
    },
  };
  for (const [what, damage] of Object.entries(damages)) {
    it(`${what} stops the start, which says what to do, and is left as it is`, async (t) => {
      const site = await openSite(t);
      await site.service.start();
      const one = await site.addDataset('one', { isList: false });
      await requestPatiently(site, one, 20_000);
      await finish(site, one.pid);
      assert.equal(await site.service.terminate(), 0);
      const file = join(site.facility.root, 'transfers.sqlite');
      await damage(file);
      const damaged = await readFile(file);
      const { code, errors } = await site.service.failToStart();
      assert.equal(code, 1, errors);
      assert.match(errors, /transfers\.sqlite: .*restore it from a backup/s);
      assert.doesNotMatch(errors, /\n\s+at /, 'a stack is no help');
      assert.ok(damaged.equals(await readFile(file)), 'what is left to mend was written to');
    });
  }
});

describe('two processes on one database', () => {
  it('the second one says so and ends; the first goes on', async (t) => {
    const site = await openSite(t);
    await site.service.start();
    const one = await site.addDataset('one', { isList: false });
    await requestPatiently(site, one, 20_000);
    const second = spawnSync(
      process.execPath,
      [
        fileURLToPath(new URL('../../transfer-service/main.ts', import.meta.url)),
        '--config',
        join(site.facility.root, 'transfer.yaml'),
      ],
      {
        encoding: 'utf8',
        env: {
          PATH: process.env.PATH,
          GLOBUS_CLIENT_ID: 'x',
          GLOBUS_CLIENT_SECRET: 'x',
          SCICAT_SERVICE_USER_USERNAME: 'x',
          SCICAT_SERVICE_USER_PASSWORD: 'x',
        },
      },
    );
    assert.equal(second.status, 1);
    assert.match(second.stderr, /another process has it open; stop that one first/);
    await finish(site, one.pid);
  });
});

describe('a clock that jumps', { concurrency: 2 }, () => {
  for (const [name, aheadMs] of [
    ['a day ahead', 86_400_000],
    ['a day back', -86_400_000],
  ] as const) {
    it(`${name} while transfers are at every step loses, doubles and delays nothing`, async (t) => {
      const clockFile = { path: '' };
      const site = await openSite(t, (root) => {
        clockFile.path = join(root, 'clock');
        writeFileSync(clockFile.path, String(aheadMs));
        return {
          nodeArguments: ['--import', fileURLToPath(new URL('jumping-clock.ts', import.meta.url))],
          environment: { BEAMGATE_TEST_CLOCK: clockFile.path },
        };
      });
      site.facility.globus.setBytesPerSecond(20);
      await site.service.start();
      const before = await site.addDataset('before', { isList: true });
      await requestPatiently(site, before, 20_000);
      await waitFor('it moves', () => site.facility.globus.tasks().length === 2);
      process.kill(site.service.pid, 'SIGUSR2');
      const after = await site.addDataset('after', { isList: false });
      await requestPatiently(site, after, 20_000);
      await writeFile(clockFile.path, '0');
      process.kill(site.service.pid, 'SIGUSR2');
      site.facility.globus.setBytesPerSecond(Number.POSITIVE_INFINITY);
      for (const { pid } of [before, after]) await finish(site, pid);
      await assertOnce(site, [before, after]);
    });
  }
});
