// The whole service between the simulators, by a clock that the test moves: what it waits for, half a minute or a day, is
// over as soon as nothing else is to be done.
import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { FakeClock } from './engine/fake-clock.ts';
import { type Scene, type SceneOptions, startScene } from './scene.ts';

export async function startMovedScene(t: TestContext, options: SceneOptions = {}) {
  const clock = new FakeClock();
  const globus = { requestsPerSecond: Number.POSITIVE_INFINITY, ...options.facility?.globus };
  const scene = await startScene(t, { ...options, clock, facility: { ...options.facility, globus } });
  const pass = async (ms: number, stepMs = 60_000) => {
    for (let passed = 0; passed < ms; passed += stepMs) {
      clock.advance(stepMs);
      scene.facility.globus.setClockOffset(clock.now() - Date.now());
      await untilQuiet(scene);
    }
  };
  const until = async (what: string, isSo: () => boolean | Promise<boolean>) => {
    for (let step = 0; step < 600; step += 1) {
      if (await isSo()) return;
      await pass(1_000, 1_000);
    }
    assert.fail(`never: ${what}`);
  };
  /** The clock goes on until it is answered. */
  const during = async <Value>(asked: Promise<Value>): Promise<Value> => {
    let isOver = false;
    const over = () => {
      isOver = true;
    };
    asked.then(over, over);
    while (!isOver) await pass(1_000, 1_000);
    return asked;
  };
  const show = async (jobId: string) => (await scene.ask('GET', `/transfer/${jobId}`)).json;
  return {
    ...{ scene, clock, pass, until, during, show },
    untilState: (jobId: string, state: string) =>
      until(`${jobId} is ${state}`, async () => (await show(jobId)).state === state),
  };
}

/** Nothing is under way between the service and the simulators any more. */
async function untilQuiet({ facility: { scicat, globus } }: Scene): Promise<void> {
  let [seen, turns] = [-1, 0];
  while (turns < 10) {
    await setImmediate();
    const count = scicat.requests.length + globus.requests.length;
    const latest = [...scicat.requests.slice(-20), ...globus.requests.slice(-20)];
    const isUnderWay = latest.some(({ status, fault }) => status === undefined && fault === undefined);
    turns = isUnderWay || count !== seen ? 0 : turns + 1;
    seen = count;
  }
}
