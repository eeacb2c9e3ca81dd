import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { renderMistake } from '../../platform/config/mistakes.ts';
import { readWebProxies } from '../../platform/web-proxies.ts';

function proxyFor(environment: Readonly<Record<string, string>>, url: string): string | undefined {
  const read = readWebProxies(environment);
  assert.ok(read.ok);
  return read.value.proxyFor(new URL(url));
}

const https = { HTTPS_PROXY: 'http://proxy.lab.org:3128' };
const proxy = 'http://proxy.lab.org:3128/';

describe('the environment’s proxies', () => {
  it('are none where nothing is set', () => {
    for (const environment of [{}, { HTTPS_PROXY: '', HTTP_PROXY: ' ' }])
      assert.equal(proxyFor(environment, 'https://scicat.org/'), undefined);
  });

  it('go by the scheme of what is asked, and a proxy without a scheme is an http one', () => {
    const both = { ...https, HTTP_PROXY: 'other:8080' };
    assert.equal(proxyFor(both, 'https://scicat.org/'), proxy);
    assert.equal(proxyFor(both, 'http://scicat.org/'), 'http://other:8080/');
    assert.equal(proxyFor(https, 'http://scicat.org/'), undefined);
  });

  it('are read in small letters first, also where that empties them', () => {
    assert.equal(proxyFor({ ...https, https_proxy: 'http://small:1' }, 'https://a.org/'), 'http://small:1/');
    assert.equal(proxyFor({ ...https, https_proxy: '' }, 'https://a.org/'), undefined);
  });

  it('are left out for this machine itself', () => {
    for (const url of [
      'https://localhost:1/',
      'https://a.localhost/',
      'https://127.0.0.9/',
      'https://[::1]:8/',
    ])
      assert.equal(proxyFor(https, url), undefined, url);
  });

  const exceptions: readonly (readonly [string, string, boolean])[] = [
    ['*', 'https://scicat.org/', false],
    ['scicat.org', 'https://scicat.org/', false],
    ['scicat.org', 'https://SciCat.org./', false],
    ['scicat.org', 'https://api.scicat.org/', false],
    ['.scicat.org', 'https://api.scicat.org/', false],
    ['*.scicat.org', 'https://scicat.org/', false],
    ['scicat.org', 'https://evilscicat.org/', true],
    ['scicat.org', 'https://scicat.org.evil/', true],
    ['other.org, scicat.org', 'https://scicat.org/', false],
    ['other.org scicat.org', 'https://scicat.org/', false],
    ['scicat.org:8443', 'https://scicat.org:8443/', false],
    ['scicat.org:8443', 'https://scicat.org/', true],
    ['scicat.org:443', 'https://scicat.org/', false],
    ['10.0.0.0/8', 'https://10.1.2.3/', false],
    ['10.0.0.0/8', 'https://11.1.2.3/', true],
    ['10.0.0.0/8', 'https://10.example.org/', true],
    ['10.1.2.3', 'https://10.1.2.3/', false],
    ['10.1.2.3:443', 'https://10.1.2.3/', false],
    ['fd00::/8', 'https://[fd00::5]/', false],
    ['[fd00::5]:443', 'https://[fd00::5]/', false],
    [',, ,', 'https://scicat.org/', true],
    ['.', 'https://scicat.org/', true],
  ];
  for (const [list, url, isProxied] of exceptions)
    it(`with NO_PROXY="${list}" ${isProxied ? 'see' : 'do not see'} ${url}`, () => {
      assert.equal(proxyFor({ ...https, NO_PROXY: list }, url), isProxied ? proxy : undefined);
    });

  it('that cannot be read are mistakes, and the value, which may hold a password, is not told', () => {
    const read = readWebProxies({ HTTPS_PROXY: 'socks5://me:hunter2@proxy:1080', http_proxy: 'http://' });
    assert.deepEqual(read.ok ? [] : read.mistakes.map(renderMistake), [
      'environment:1 HTTPS_PROXY: no address of a proxy: write http://host:port',
      'environment:1 http_proxy: no address of a proxy: write http://host:port',
    ]);
  });
});
