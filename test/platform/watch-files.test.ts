import assert from 'node:assert/strict';
import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { watchFiles } from '../../platform/watch-files.ts';

describe('watched files', () => {
  it('tell of a change in place and of a replacement', async (context) => {
    const folder = mkdtempSync(join(tmpdir(), 'beamgate-watch-'));
    const [path, other] = [join(folder, 'a'), join(folder, 'b')];
    writeFileSync(path, '1');
    let changes = 0;
    const count = (): void => {
      changes += 1;
    };
    const files = watchFiles(count, { intervalMs: 10, quietMs: 1 });
    try {
      files.watch([path]);
      let size = 1;
      await context.waitFor(
        () => {
          size += 1;
          writeFileSync(path, 'x'.repeat(size));
          assert.ok(changes > 0);
        },
        { timeout: 10_000, interval: 50 },
      );
      writeFileSync(other, 'replaced');
      const before = changes;
      renameSync(other, path);
      await context.waitFor(() => assert.ok(changes > before), { timeout: 10_000 });
    } finally {
      files.close();
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
