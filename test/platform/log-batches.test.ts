import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { describe, it, type TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { batched } from '../../platform/log-batches.ts';

function collecting() {
  const written: string[] = [];
  const sink = {
    write: (text: string) => void written.push(text),
    flush: (done?: () => void) => done?.(),
    flushSync: () => {},
  };
  return { written, lines: batched(sink) };
}

describe('log lines', () => {
  it('are held back for a moment, and written together, in their order', (context: TestContext) => {
    context.mock.timers.enable({ apis: ['setTimeout'] });
    const { written, lines } = collecting();
    for (const line of ['a\n', 'b\n']) lines.write(line);
    assert.deepEqual(written, []);
    context.mock.timers.tick(100);
    assert.deepEqual(written, ['a\nb\n']);
    lines.write('c\n');
    context.mock.timers.tick(100);
    assert.deepEqual(written, ['a\nb\n', 'c\n']);
  });

  it('are written at once when there is a page of them', () => {
    const { written, lines } = collecting();
    const line = `${'x'.repeat(999)}\n`;
    for (let count = 0; count < 16; count++) lines.write(line);
    assert.deepEqual(written, [line.repeat(16)]);
  });

  it('are written when somebody wants them to be', () => {
    const { written, lines } = collecting();
    lines.write('a\n');
    lines.flush();
    lines.write('b\n');
    lines.flushSync();
    assert.deepEqual(written, ['a\n', 'b\n']);
  });

  for (const [end, code] of [
    ['process.exit(3)', 3],
    ['throw new Error("a bug")', 1],
    ['', 0],
  ] as const)
    it(`reach the output of a process that ends by ${end || 'itself'}`, () => {
      const log = fileURLToPath(new URL('../../platform/log.ts', import.meta.url));
      const text = `import { createLogger } from ${JSON.stringify(log)};
        const log = createLogger({ service: 'x', level: 'info' });
        log.info('first'); log.infoLine(',"app":"a"', 'decision'); ${end}`;
      const ended = spawnSync(process.execPath, ['--input-type=module', '-e', text], { encoding: 'utf8' });
      assert.equal(ended.status, code);
      const told = ended.stdout
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line).msg);
      assert.deepEqual(told, ['first', 'decision']);
    });
});
