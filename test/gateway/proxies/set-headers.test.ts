import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { findSetHeaderFromOutside, setHeaders } from '../../../gateway/proxies/set-headers.ts';
import type { SetHeader } from '../../../gateway/types.ts';
import { sampleApp, sampleIdentity, sampleRule } from '../samples.ts';

const headers: readonly SetHeader[] = [
  { name: 'X-Site', kind: 'fixed', value: 'lab' },
  { name: 'X-Orcid', kind: 'claim', path: 'profile.orcid' },
  { name: 'X-Key', kind: 'credential', reveal: () => 'Bearer hunter2' },
  { name: 'Authorization', kind: 'credential', reveal: () => 'Basic hunter2' },
];
const app = sampleApp({ setHeaders: headers });
const identity = sampleIdentity({ claims: { profile: { orcid: ['a,b', 'c\r\nX: y'] } } });

function written(...asked: Parameters<typeof setHeaders>): readonly string[] {
  const found = setHeaders(...asked);
  assert.ok(!('why' in found), JSON.stringify(found));
  return found;
}

describe('the headers of setHeaders', () => {
  it('carry what they are configured for, encoded', () => {
    assert.deepEqual(setHeaders(app, sampleRule(), identity), [
      ...['X-Site', 'lab', 'X-Orcid', 'a%2Cb,c%0D%0AX:%20y'],
      ...['X-Key', 'Bearer hunter2', 'Authorization', 'Basic hunter2'],
    ]);
  });

  it('are empty where there is nothing to say, never left out', () => {
    assert.deepEqual(written(app, sampleRule(), sampleIdentity()).slice(2, 4), ['X-Orcid', '']);
  });

  it('give no credential to nobody, nor to somebody on a public rule', () => {
    const open = sampleRule({ allow: { kind: 'public' }, identifies: true });
    for (const found of [written(app, open, identity), written(app, sampleRule(), undefined)]) {
      assert.doesNotMatch(found.join(), /hunter2|Authorization/);
      assert.equal(found[found.indexOf('X-Key') + 1], '');
    }
  });

  it('write claims as the app’s other headers are written', () => {
    const claims = { name: 'Zoë, Müller', lists: ['a b', 'c'], bad: ['a,b'], number: 7 };
    const of = (path: string) => {
      const set: readonly SetHeader[] = [{ name: 'X-A', kind: 'claim', path }];
      const remote = sampleApp({ dialect: 'remote-user', setHeaders: set });
      return setHeaders(remote, sampleRule(), sampleIdentity({ claims }));
    };
    const utf8 = Buffer.from('Zoë, Müller').toString('latin1');
    assert.deepEqual(of('name'), ['X-A', utf8], 'a comma in one value separates nothing');
    assert.deepEqual(of('lists'), ['X-A', 'a b,c']);
    assert.deepEqual(of('number'), ['X-A', '7']);
    assert.deepEqual(of('bad'), {
      why: 'X-A: the value "a,b" holds ",", which separates them in this header',
    });
  });

  it('are refused where a client sends them itself, in any spelling; Authorization is its own', () => {
    for (const name of ['X-Site', 'x-site', 'X_Site', 'x.orcid'])
      assert.equal(findSetHeaderFromOutside([name, 'x'], app)?.reason, 'identity_header_from_outside');
    assert.equal(findSetHeaderFromOutside(['Authorization', 'x', 'X-Sites', 'y'], app), undefined);
    assert.equal(findSetHeaderFromOutside(['X-Site', 'x'], sampleApp()), undefined);
  });

  it('hold visible ASCII alone, whatever a provider says of somebody', () => {
    const text = fc.oneof(fc.string({ unit: 'binary' }), fc.string({ unit: 'grapheme' }));
    fc.assert(
      fc.property(fc.oneof(text, fc.array(text), fc.jsonValue()), (orcid) => {
        const found = written(app, sampleRule(), sampleIdentity({ claims: { profile: { orcid } } }));
        assert.match(found[found.indexOf('X-Orcid') + 1] ?? 'missing', /^[\x21-\x7e]*$/);
      }),
      { numRuns: 300 },
    );
  });
});
