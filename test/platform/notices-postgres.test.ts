import assert from 'node:assert/strict';
import { it, type TestContext } from 'node:test';
import { openDatabase } from '../../platform/database.ts';
import { createLogger } from '../../platform/log.ts';
import type { Notices } from '../../platform/notices.ts';
import { noticesOfPostgres } from '../../platform/notices-postgres.ts';
import { describeWith, postgres } from '../real-parts/find.ts';
import { freshDatabase, startPostgres } from '../real-parts/postgres.ts';

const log = createLogger({ service: 'test', level: 'silent' });

async function open(t: TestContext, url: string): Promise<Notices> {
  const db = await openDatabase<never>({ url, durability: 'normal', exclusive: false, migrations: {} });
  const notices = noticesOfPostgres({ url, db, log });
  t.after(async () => {
    await notices.close();
    await db.destroy();
  });
  await notices.opened;
  return notices;
}

function nextGap(notices: Notices): Promise<void> {
  return new Promise((resolve) => notices.onGap(resolve));
}

function heard(notices: Notices, topic: string): Promise<string> {
  return new Promise((resolve) => notices.subscribe(topic, resolve));
}

describeWith([postgres], 'notices over the real PostgreSQL', () => {
  it('reach every process on the database, each by its topic, whatever the text', async (t) => {
    const url = await freshDatabase(t);
    const [one, other] = [await open(t, url), await open(t, url)];
    const others = heard(one, 'elsewhere');
    const all = Promise.all([heard(one, 'ended'), heard(other, 'ended')]);
    const text = `it's a "text" \\ with ünïcode and spaces`;
    await one.publish('ended', text);
    assert.deepEqual(await all, [text, text]);
    await other.publish('elsewhere', 'x');
    assert.equal(await others, 'x');
  });

  it('that would be cut are refused', async (t) => {
    const notices = await open(t, await freshDatabase(t));
    await assert.rejects(notices.publish('ended', 'x'.repeat(8000)), RangeError);
  });

  it('tell of a gap when the server was away, and are heard again', async (t) => {
    const server = await startPostgres();
    t.after(() => server.remove());
    const notices = await open(t, server.url);
    const lost = nextGap(notices);
    await server.stop();
    await lost;
    await server.start();
    await nextGap(notices);
    const text = heard(notices, 'ended');
    await notices.publish('ended', 'again');
    assert.equal(await text, 'again');
  });
});
