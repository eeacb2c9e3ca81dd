// What of an app's keys go together; the table of every other mistake is config.test.ts's.
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { loadGatewayConfig } from '../../gateway/config.ts';
import { renderMistake } from '../../platform/config/mistakes.ts';
import { describeWith, openssl } from '../real-parts/find.ts';
import { makeAuthority } from '../tls/authority.ts';

describeWith([openssl], 'the CA file of an app', () => {
  const { pem } = makeAuthority();
  const load = (rest: string) => {
    const text = `publicUrl: https://lab.org/sso
providers: { scicat: { kind: scicat, url: https://scicat.lab.org } }
apps:
  a: { url: https://lab.org/a, allow: public, caFile: ca.pem${rest} }
`;
    return loadGatewayConfig({ file: 'g.yaml', text }, { readFile: () => pem, environment: {} });
  };

  it('is its upstream’s', () => {
    const loaded = load(', upstream: https://a.lab.org');
    assert.ok(loaded.ok);
    assert.equal(loaded.value.apps.find(({ name }) => name === 'a')?.upstream?.caPem, pem);
  });

  for (const rest of ['', ', upstream: http://a.lab.org'])
    it(`is a mistake with ${rest || 'no upstream'}: there is no certificate to believe`, () => {
      const loaded = load(rest);
      assert.deepEqual(loaded.ok ? [] : loaded.mistakes.map(renderMistake), [
        'g.yaml:4 apps.a.caFile: only with an https upstream: it is for its certificate',
      ]);
    });
});
