import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { isNavigation } from '../../../gateway/proxies/navigation.ts';
import type { ForwardedRequest, RawHeaders } from '../../../gateway/types.ts';
import { sampleRequest } from '../samples.ts';

const firefox = 'text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8';
const page: RawHeaders = ['Accept', firefox];

function navigates(headers: RawHeaders, overrides: Partial<ForwardedRequest> = {}): boolean {
  return isNavigation(sampleRequest({ headers, ...overrides }));
}

describe('a navigation', () => {
  const table: readonly (readonly [string, RawHeaders, boolean])[] = [
    ['a browser that opens a page', ['Sec-Fetch-Mode', 'navigate'], true],
    [
      'a browser that opens a page and accepts anything',
      ['Sec-Fetch-Mode', 'navigate', 'Accept', '*/*'],
      true,
    ],
    ['a script’s fetch that accepts pages', ['Sec-Fetch-Mode', 'cors', ...page], false],
    ['an image', ['Sec-Fetch-Mode', 'no-cors', ...page], false],
    ['an old browser', page, true],
    ['curl', ['Accept', '*/*'], false],
    ['no Accept at all', [], false],
    ['an empty Accept', ['Accept', ''], false],
    ['a client for JSON', ['Accept', 'application/json'], false],
    ['JSON before pages', ['Accept', 'application/json, text/html;q=0.9'], false],
    ['pages before JSON', ['Accept', 'application/json;q=0.5, text/html'], true],
    ['pages after anything else', ['Accept', 'application/xml, text/html;q=0.1'], false],
    ['pages that are refused', ['Accept', 'text/html;q=0'], false],
    ['a quality that is none', ['Accept', 'text/html;q=x'], false],
    ['a quality above one', ['Accept', 'text/html;q=2'], false],
    ['case and spaces', ['Accept', ' TEXT/HTML ; Q=0.9 '], true],
    ['pages by a wildcard', ['Accept', 'text/*'], false],
    ['a script that says so', ['X-Requested-With', 'XMLHttpRequest', ...page], false],
    [
      'a script’s word against the browser’s',
      ['X-Requested-With', 'XMLHttpRequest', 'Sec-Fetch-Mode', 'navigate'],
      false,
    ],
    ['a browser by its name alone', ['User-Agent', 'Mozilla/5.0'], false],
  ];
  for (const [name, headers, expected] of table)
    it(`is ${expected ? '' : 'not '}${name}`, () => {
      assert.equal(navigates(headers), expected);
    });

  it('is a GET or a HEAD only', () => {
    assert.equal(navigates(page, { method: 'HEAD' }), true);
    for (const method of ['POST', 'PUT', 'OPTIONS', undefined])
      assert.equal(navigates(page, { method }), false);
  });

  it('is told by what any browser would have said by then', () => {
    assert.equal(navigates(['Accept', `${'a/b;q=0.1,'.repeat(90)}text/html`]), true);
    assert.equal(navigates(['Accept', `${'a/b;q=0.1,'.repeat(7000)}text/html`]), false);
  });

  it('is no upgrade', () => {
    assert.equal(navigates(page, { isUpgrade: true }), false);
  });
});
