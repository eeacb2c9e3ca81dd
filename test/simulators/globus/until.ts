// Waits until a task of the simulator is as wished.
import type { Scene } from './scene.ts';
import type { GlobusTaskView } from './types.ts';

/** Asks again and again, letting everything else go on in between. */
export async function until(
  { globus }: Scene,
  taskId: string,
  condition: (task: GlobusTaskView) => boolean,
): Promise<GlobusTaskView> {
  const giveUpAtMs = Date.now() + 20_000;
  for (;;) {
    const task = globus.task(taskId);
    if (task !== undefined && condition(task)) return task;
    if (Date.now() > giveUpAtMs) throw new Error(`it never came about: ${JSON.stringify(task)}`);
    await new Promise((resolve) => setImmediate(resolve));
  }
}
