import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { loadGatewayConfig } from '../../gateway/config.ts';
import { renderMistake } from '../../platform/config/mistakes.ts';

function mistakes(setHeaders: string, more = ''): readonly string[] {
  const text = `publicUrl: https://lab.org/sso
providers: { scicat: { kind: scicat, url: https://scicat.lab.org } }
apps:
  a: { url: https://lab.org/a, allow: signed-in, ${more} setHeaders: ${setHeaders} }
`;
  const loaded = loadGatewayConfig({ file: 'g.yaml', text }, { readFile: () => 'a\nb', environment: {} });
  return loaded.ok
    ? []
    : loaded.mistakes.map(renderMistake).map((line) => line.replace(/^.*setHeaders\.?/, ''));
}

describe('setHeaders', () => {
  it('takes fixed values, claims and credentials', () => {
    const good =
      '{ X-A: b c, X-B: { claim: profile.x }, Authorization: { basic: { username: u, password: "test-only:p" } }, X-C: { bearer: "test-only:t" } }';
    assert.deepEqual(mistakes(good), []);
  });

  const reserved = [
    ...['Connection', 'Host', 'X-Forwarded-For', 'Forwarded', 'X-Real-IP', 'Cookie', 'Transfer-Encoding'],
    ...['X-Auth-Username', 'x-auth-groups', 'Remote-User', 'SciCat-API-Key', 'Sec-Fetch-Site', 'Upgrade'],
  ];
  for (const name of reserved)
    it(`is refused for ${name}`, () => {
      assert.deepEqual(mistakes(`{ ${name}: x }`), [
        `${name}: ${name} means something else to the gateway, its proxy or a browser: choose another name`,
      ]);
    });

  const wrong: readonly (readonly [string, string, RegExp])[] = [
    ['{ Authorization: Bearer x }', '', /write bearer: or basic:/],
    ['{ Authorization: { claim: x } }', '', /a claim is no credential/],
    ['{ Authorization: { bearer: "test-only:x" } }', 'keep: [authorization],', /either the client's/],
    ['{ Authorization: { bearer: "test-only:x" } }', 'preset: ecflow,', /sets Authorization itself/],
    ['{ X-A: { bearer: "file:/x" } }', '', /characters that no header can carry/],
    ['{ X-A: { bearer: x } }', '', /a secret does not stand in this file/],
    ['{ X-A: {} }', '', /expected one of claim, bearer, basic/],
    ['{ X-A: { claim: a, bearer: "test-only:x" } }', '', /expected one of/],
    ['{ X-Ab: a, x-ab: b }', '', /the same header/],
    ['{ X-A: "a\\r\\nX-B: c" }', '', /visible ASCII/],
    ['{ X_A: b }', '', /a header name/],
  ];
  for (const [entry, more, expected] of wrong)
    it(`is refused for ${entry} ${more}`, () => {
      assert.equal(mistakes(entry, more).length, 1);
      assert.match(mistakes(entry, more).join(), expected);
    });
});
