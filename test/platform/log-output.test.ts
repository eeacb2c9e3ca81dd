import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { after, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { LogOutput } from '../../platform/log-output.ts';

const place = mkdtempSync(join(tmpdir(), 'beamgate-log-'));
after(() => rmSync(place, { recursive: true }));

function outputTo(name: string) {
  const file = join(place, name);
  const output = new LogOutput(openSync(file, 'w'));
  return { output, written: () => readFileSync(file, 'utf8') };
}

describe('log lines', () => {
  it('are held back for a moment, and written together, in their order', (context) => {
    context.mock.timers.enable({ apis: ['setTimeout'] });
    const { output, written } = outputTo('moment');
    for (const line of ['a\n', 'b\n']) output.write(line);
    assert.equal(written(), '');
    context.mock.timers.tick(100);
    assert.equal(written(), 'a\nb\n');
    output.write('é\n');
    context.mock.timers.tick(100);
    assert.equal(written(), 'a\nb\né\n');
  });

  it('are written at once when there is a page of them, or when somebody wants them to be', () => {
    const { output, written } = outputTo('page');
    const line = `${'x'.repeat(999)}\n`;
    for (let count = 0; count < 64; count++) output.write(line);
    assert.equal(written(), line.repeat(63), 'another one might not have had its place');
    output.write('a\n');
    output.flush();
    output.write('b\n');
    output.flushSync();
    assert.equal(written(), `${line.repeat(64)}a\nb\n`);
  });

  it('keep their letters and their order, be they longer than a page', () => {
    const { output, written } = outputTo('long');
    const lines = [
      'a',
      'é'.repeat(30_000),
      '\u{1f512}'.repeat(9000),
      'x'.repeat(200_000),
      '\u20ac'.repeat(21_845),
      'b',
    ];
    for (const line of lines) output.write(`${line}\n`);
    output.flushSync();
    assert.deepEqual(written().split('\n'), [...lines, '']);
  });

  it('are lost where the disk is full, and harm nobody', () => {
    const output = new LogOutput(openSync('/dev/full', 'w'));
    output.write('a\n');
    output.flushSync();
  });
});

const log = fileURLToPath(new URL('../../platform/log.ts', import.meta.url));
const program = (rest: string): readonly string[] => [
  '--input-type=module',
  '-e',
  `import { createLogger, flushLog } from ${JSON.stringify(log)};
   const log = createLogger({ service: 'x', level: 'info' });
   log.info('first'); log.decision(',"app":"a"'); ${rest}`,
];
const messagesIn = (told: string): readonly string[] =>
  told
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line).msg);

describe('what was logged last', () => {
  const ends = [
    ['process.exit(3)', 3],
    ['throw new Error("a bug")', 1],
    ['await flushLog(log)', 0],
    ['', 0],
  ] as const;
  for (const [end, code] of ends)
    for (const kind of ['pipe', 'file'] as const)
      it(`reaches a ${kind} when the process ends by ${end || 'itself'}`, () => {
        const file = join(place, 'output');
        const output = kind === 'pipe' ? 'pipe' : openSync(file, 'w');
        const ended = spawnSync(process.execPath, program(end), { stdio: ['ignore', output, 'ignore'] });
        if (output !== 'pipe') closeSync(output);
        assert.equal(ended.status, code);
        const told = kind === 'pipe' ? ended.stdout.toString() : readFileSync(file, 'utf8');
        assert.deepEqual(messagesIn(told), ['first', 'decision']);
      });
});

describe('a pipe that is read late', () => {
  it('gets every line, in its order, and the process does not wait for it before its end', async () => {
    const many = `for (let line = 0; line < 20_000; line++) log.info(String(line));
      process.stderr.write('not held up'); await flushLog(log);`;
    const writer = spawn(process.execPath, program(many), { stdio: ['ignore', 'pipe', 'pipe'] });
    for await (const said of writer.stderr) {
      assert.equal(String(said), 'not held up');
      break;
    }
    const told = messagesIn(await text(writer.stdout));
    assert.deepEqual(told.slice(0, 3), ['first', 'decision', '0']);
    assert.equal(told.length, 20_002);
    assert.ok(told.slice(2).every((message, line) => message === String(line)));
  });
});
