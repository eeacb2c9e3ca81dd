import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { escapeHtml, layout } from '../../../gateway/pages/layout.ts';
import { tokenHelpPage } from '../../../gateway/pages/login.ts';
import { refusedPage } from '../../../gateway/pages/refused.ts';

const hostile = `"><script>alert('x')</script>&`;
const escaped = '&#34;&#62;&#60;script&#62;alert(&#39;x&#39;)&#60;/script&#62;&#38;';

describe('a page', () => {
  it('has every text from outside escaped', () => {
    assert.equal(escapeHtml(hostile), escaped);
    const pages = [
      layout({ title: hostile, content: '' }),
      tokenHelpPage([{ name: hostile, header: hostile }]),
      refusedPage({ message: hostile, username: hostile, title: hostile, code: hostile, requestId: hostile }),
    ];
    for (const page of pages) {
      assert.doesNotMatch(page, /<script/);
      assert.ok(page.includes(escaped));
    }
  });

  it('loads nothing and runs nothing', () => {
    const page = tokenHelpPage([]);
    assert.doesNotMatch(page, /\bsrc=|\bhref=|@import|url\(|<script|\son\w+=/i);
  });

  it('leaves out what is not known', () => {
    const page = refusedPage({
      message: 'no',
      username: undefined,
      title: undefined,
      code: 'c',
      requestId: 'r',
    });
    assert.doesNotMatch(page, /Signed in as|Service<|undefined/);
  });
});
