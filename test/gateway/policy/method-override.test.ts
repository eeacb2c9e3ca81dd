import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { findMethodOverride } from '../../../gateway/policy/method-override.ts';
import { sampleApp, sampleRequest, sampleRule } from '../samples.ts';

const byMethod = sampleApp({ rules: [sampleRule({ methods: new Set(['GET', 'POST']) }), sampleRule()] });
const overrides = (target: string, app = byMethod) =>
  findMethodOverride(app, sampleRequest({ method: 'POST', target })) !== undefined;

describe('a parameter that overrides the method', () => {
  for (const query of [
    '_method=DELETE',
    'a=1&_method=delete',
    'a=1;_method=PUT',
    '_METHOD=PUT',
    '_method',
    '%5Fmethod=PUT',
    '_m%65thod=PUT',
    '%5f%6d%65%74%68%6f%64=PUT',
    '.method=PUT',
    '+method=PUT',
    '%20method=PUT',
    '%20%20_method=PUT',
    '+_method=PUT',
    '+%20+_method=PUT',
    'a=%&_method=PUT',
    '_method%00x=PUT',
  ])
    it(`is ?${query}`, () => {
      assert.ok(overrides(`/x?${query}`));
      assert.equal(
        findMethodOverride(byMethod, sampleRequest({ target: `/x?${query}` }))?.reason,
        'method_override',
      );
    });

  for (const target of [
    '/x',
    '/_method=DELETE',
    '/x?',
    '/x?method=DELETE',
    '/x?a=_method',
    '/x?a=_method=DELETE',
    '/x?my_method=DELETE',
    '/x?_methods=DELETE',
    '/x?__method=DELETE',
    '/x?%5method=a',
    '/x?_metho%',
    '/x?%61method=DELETE',
    '/x?%2%5fmethod=DELETE',
    '/x?_method%01=DELETE',
  ])
    it(`is none in ${target}`, () => assert.ok(!overrides(target)));

  it('is of no matter where no rule goes by the method', () => {
    assert.ok(!overrides('/x?_method=DELETE', sampleApp()));
  });

  it('is looked for in a moment, whatever the query is made of', () => {
    for (const text of ['%20', '+', '_', '%20%20%20%20%20%20%20', '%', '&', '_metho', '&%20', 'xxxxxx%&']) {
      const target = `/x?${text.repeat(64_000 / text.length)}method`;
      const startedAt = performance.now();
      overrides(target);
      assert.ok(performance.now() - startedAt < 250, text);
    }
  });
});
