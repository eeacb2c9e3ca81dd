import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { upstreamTarget } from '../../../gateway/standalone/upstream-target.ts';
import { sampleApp } from '../samples.ts';

const url = new URL('http://127.0.0.1:3000');

describe('what an app is asked for in standalone mode', () => {
  const kept = sampleApp({ prefix: ['globus'], upstream: { url, removesPrefix: false, caPem: undefined } });
  const removed = sampleApp({
    prefix: ['archiver', 'api'],
    upstream: { url, removesPrefix: true, caPem: undefined },
  });

  it('is what the client asked for', () => {
    assert.equal(upstreamTarget({ target: '/globus/a%20b?c=%2F&d=?' }, kept), '/globus/a%20b?c=%2F&d=?');
  });

  for (const [target, expected] of [
    ['/archiver/api/flows?x=/archiver/api', '/flows?x=/archiver/api'],
    ['/archiver/api', '/'],
    ['/archiver/api/', '/'],
    ['/archiver/api?x', '/?x'],
    ['/%61rchiver/api/a%20b/', '/a%20b/'],
  ] as const) {
    it(`is ${expected} for ${target} where the prefix is removed`, () => {
      assert.equal(upstreamTarget({ target }, removed), expected);
    });
  }
});
