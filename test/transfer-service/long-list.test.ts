// A request with as long a list as it may have holds nobody else up: its work is done in slices.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { maxBodyBytes } from '../../transfer-service/read-body.ts';
import { openApi } from './api.ts';

/** As many and as long as the largest lists of the Ingestor. */
const paths = Array.from({ length: 400_000 }, (_, number) => ({
  path: `raw/grid_square_${number % 1000}/data/${'EPU_FoilHole_'.repeat(7)}${number}_Fractions.mrc`,
  isSymlink: false,
}));

test('a list of 400,000 entries is worked on in slices, of which none is long beside the whole', {
  timeout: 60_000,
}, async (t) => {
  const { request, stage } = await openApi(t, { limits: { itemsPerTask: 5000 } });
  const body = JSON.stringify({ fileList: paths });
  assert.ok(body.length > 60_000_000 && body.length < maxBodyBytes);
  const turns = new Turns();
  const reply = await request({}, body);
  const { longestMs, wholeMs } = turns.end();
  t.diagnostic(`longest ${longestMs.toFixed(0)} of ${wholeMs.toFixed(0)} ms`);
  assert.equal(reply.status, 200, reply.text);
  assert.equal((await stage.read('id-0')).chunks.length, 80);
  // Without slices it is nearly all of it.
  assert.ok(longestMs < wholeMs / 8, `${longestMs} of ${wholeMs} ms`);
});

/** What the main thread is busy with between two turns of the loop: its own time, so that a busy machine adds nothing. */
class Turns {
  readonly #begin = busyMs();
  #last = this.#begin;
  #longestMs = 0;
  #isOver = false;

  constructor() {
    this.#turn();
  }

  end() {
    this.#isOver = true;
    return { longestMs: this.#longestMs, wholeMs: this.#last - this.#begin };
  }

  #turn(): void {
    const now = busyMs();
    this.#longestMs = Math.max(this.#longestMs, now - this.#last);
    this.#last = now;
    if (!this.#isOver) setImmediate(() => this.#turn());
  }
}

function busyMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
}
