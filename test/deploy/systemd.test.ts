// deploy/systemd/: what it starts is there, under the options that the command has.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { isThere, readText } from './compose.ts';

const unit = readText('deploy/systemd/beamgate@.service');
const settingOf = (key: string) => new RegExp(`^${key}=(.*)$`, 'm').exec(unit)?.[1] ?? '';

describe('deploy/systemd/beamgate@.service', () => {
  it('starts the gateway by what is in the repository, with health at the port that it is named for', () => {
    const [node = '', file = '', ...args] = settingOf('ExecStart').split(' ');
    assert.equal(node, `${settingOf('WorkingDirectory')}/node_modules/.bin/node`);
    assert.ok(isThere(file), file);
    assert.deepEqual(args, [
      'gateway',
      '--config',
      '/etc/beamgate/gateway.yaml',
      '--operations',
      '127.0.0.1:%i',
    ]);
    assert.match(settingOf('ExecStartPost'), /http:\/\/127\.0\.0\.1:%i\/health\/ready$/);
  });

  it('leaves it the time that it takes to end', () => {
    assert.ok(Number(settingOf('TimeoutStopSec')) > 10);
  });
});
