import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, it } from 'node:test';
import { answerPage } from '../../../gateway/pages/answer-page.ts';
import { valuesIn } from '../samples.ts';
import { everyPage, sampleLook } from './samples.ts';

describe('the answer that carries a page', () => {
  const { portal, chooser } = everyPage({ ...sampleLook, language: 'de' });
  assert.ok(portal !== undefined && chooser !== undefined);
  const answer = answerPage(403, portal, ['Set-Cookie', 'a=b']);

  it('lets in no script, no frame, no foreign form target, and one style by its hash', () => {
    const [policy = ''] = valuesIn(answer.headers, 'content-security-policy');
    assert.doesNotMatch(policy, /unsafe|https?:|\*/);
    for (const part of [
      "default-src 'none'",
      "base-uri 'none'",
      "form-action 'self'",
      "frame-ancestors 'none'",
      'img-src data:',
    ])
      assert.ok(policy.split('; ').includes(part), part);
    const [, style = ''] = /<style>(.*?)<\/style>/s.exec(answer.body) ?? [];
    assert.ok(policy.includes(`style-src 'sha256-${createHash('sha256').update(style).digest('base64')}'`));
  });

  it('is kept by nobody, sniffed by nobody, and tells other hosts nothing', () => {
    const expected = {
      'cache-control': 'no-store',
      'content-type': 'text/html; charset=utf-8',
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
      'referrer-policy': 'same-origin',
      'cross-origin-opener-policy': 'same-origin',
      'cross-origin-resource-policy': 'same-origin',
      'content-language': 'de',
      vary: 'Accept-Language',
      'set-cookie': 'a=b',
    };
    for (const [name, value] of Object.entries(expected))
      assert.deepEqual(valuesIn(answer.headers, name), [value], name);
    assert.equal(answer.status, 403);
  });
});
