// A service that meets a bug ends, says why, and tells its supervisor by its exit code.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { describe, it } from 'node:test';

const bugs = {
  'an uncaught exception': "setTimeout(() => { throw new TypeError('a bug'); });",
  'an unhandled rejection': "void Promise.reject(new TypeError('a bug'));",
  'an error event without a listener':
    "new (await import('node:events')).EventEmitter().emit('error', new TypeError('a bug'));",
};

describe('a service', () => {
  for (const [what, bug] of Object.entries(bugs))
    it(`ends with code 1 and a log line: ${what}`, () => {
      const script = `
        const { runService } = await import('./platform/process.ts');
        await runService(async () => ({ close: async () => {} }));
        setInterval(() => {}, 1000);
        ${bug}`;
      const ended = spawnSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' });
      assert.equal(ended.status, 1, ended.stderr);
      const line = JSON.parse(ended.stdout);
      assert.equal(line.level, 'fatal');
      assert.equal(line.msg, 'uncaught exception, ending');
      assert.equal(line.error.message, 'a bug');
    });
});
