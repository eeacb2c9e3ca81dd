import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { refusedPage } from '../../../gateway/pages/refused.ts';
import { everyPage, sampleLook } from './samples.ts';

const hostile = `"><script>alert('x')</script>&`;
const hostileLook = {
  ...sampleLook,
  site: { name: hostile, logo: hostile, contact: { text: hostile, href: hostile } },
};

describe('a page', () => {
  for (const [name, page] of Object.entries(everyPage(hostileLook, () => hostile)))
    it(`${name} has every text from outside escaped`, () => {
      const text = page.html.toString();
      assert.doesNotMatch(text, /<script|alert\('/);
      assert.ok(text.includes('&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;&amp;'));
    });

  for (const language of ['en', 'de'] as const)
    for (const [name, page] of Object.entries(everyPage({ ...sampleLook, language })))
      it(`${name} in ${language} says which language it is, runs nothing and loads nothing`, () => {
        const text = page.html.toString();
        assert.equal(page.language, language);
        assert.ok(text.startsWith(`<!doctype html>\n<html lang="${language}">`));
        assert.doesNotMatch(text, /@import|url\((?!#)|<script|\son\w+=|\sstyle=|undefined|\[object|>false/i);
        for (const [, address = ''] of text.matchAll(/\ssrc="([^"]*)"/g)) assert.match(address, /^data:/);
      });

  it('is not the same in two languages', () => {
    const german = everyPage({ ...sampleLook, language: 'de' });
    for (const [name, page] of Object.entries(everyPage(sampleLook)))
      assert.notEqual(
        page.html.toString().replace('lang="en"', 'lang="de"'),
        german[name]?.html.toString(),
        name,
      );
  });

  it('leaves out what is not known', () => {
    const page = refusedPage(
      {
        username: undefined,
        title: undefined,
        asked: 'https://lab.org/',
        reason: 'no_app',
        code: undefined,
        requestId: 'r',
        changeHref: undefined,
      },
      sampleLook,
    );
    assert.doesNotMatch(page.html.toString(), /Signed in as|Service<|Use another/);
  });

  it('is small enough for a proxy to pass it on, with the largest logo that a file may name', () => {
    const look = {
      ...sampleLook,
      site: { ...sampleLook.site, logo: `data:image/png;base64,${'A'.repeat(43_700)}` },
    };
    for (const [name, page] of Object.entries(everyPage(look)))
      assert.ok(Buffer.byteLength(page.html.toString()) < 65_536, name);
  });
});
