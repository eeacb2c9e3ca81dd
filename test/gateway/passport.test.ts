import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { decodeJwt, decodeProtectedHeader } from 'jose';
import { createAssertions } from '../../gateway/assertion.ts';
import { createPassports } from '../../gateway/passport.ts';
import type { Allow, App, Identity } from '../../gateway/types.ts';
import { fixedKeys, testKey } from './gate.ts';
import { sampleApp, sampleIdentity, sampleRule, sampleSite, valuesIn } from './samples.ts';

const site = sampleSite({ credentialHeaders: ['authorization', 'cookie'] });
const headers = ['Authorization', 'Bearer a', 'Cookie', 'b=c'];

async function issue(
  app: App,
  identity: Identity | undefined,
  credentialHeader?: string,
  rule = sampleRule(),
) {
  const decision: Allow = {
    outcome: 'allow',
    reason: 'signed_in',
    app,
    rule,
    identity,
    credentialHeader,
  };
  const assertions = createAssertions({
    issuer: site.publicUrl,
    ttlSeconds: 60,
    keys: fixedKeys(await testKey()),
  });
  return createPassports({ assertions, site }).issue(decision, { headers });
}

describe('what an allowed request takes along', () => {
  it('is the identity, and the credentials that the gateway did not read', async () => {
    const passport = await issue(sampleApp(), sampleIdentity(), 'authorization');
    assert.ok(!('outcome' in passport));
    assert.deepEqual(valuesIn(passport.identityHeaders, 'x-auth-username'), ['alice']);
    assert.match(valuesIn(passport.identityHeaders, 'x-auth-assertion')[0] ?? '', /^[\w-]+\.[\w-]+\.[\w-]+$/);
    assert.deepEqual(passport.credentialHeaders, ['Cookie', 'b=c']);
  });

  it('has one Authorization, ours, in a dialect that speaks in it', async () => {
    const app = sampleApp({ dialect: 'ecflow', keep: new Set(['authorization']) });
    const passport = await issue(app, sampleIdentity(), 'authorization');
    assert.ok(!('outcome' in passport));
    assert.match(valuesIn(passport.identityHeaders, 'authorization')[0] ?? '', /^Bearer ey/);
    assert.deepEqual(passport.credentialHeaders, ['Cookie', 'b=c']);
  });

  it('is the client’s own Authorization on a public path of that dialect', async () => {
    const passport = await issue(sampleApp({ dialect: 'ecflow' }), undefined);
    assert.ok(!('outcome' in passport));
    assert.deepEqual(valuesIn(passport.identityHeaders, 'authorization'), []);
    assert.deepEqual(passport.credentialHeaders, ['Authorization', 'Bearer a', 'Cookie', 'b=c']);
  });

  it('is refused where it is more than 6 KiB, and never cut to size', async () => {
    const many = (count: number) =>
      Array.from({ length: count }, (_, at) => `group-${String(at).padStart(4, '0')}`);
    const small = await issue(sampleApp(), sampleIdentity({ groups: many(150) }), 'authorization');
    assert.ok(!('outcome' in small));
    const sizes = small.identityHeaders.reduce((bytes, text) => bytes + text.length, 0);
    assert.ok(sizes < 6 * 1024, `${sizes}`);
    const large = await issue(sampleApp(), sampleIdentity({ groups: many(400) }), 'authorization');
    assert.ok('outcome' in large);
    assert.equal(large.reason, 'identity_too_large');
    const narrowed = await issue(
      sampleApp({ groupPatterns: ['group-000*'] }),
      sampleIdentity({ groups: many(400) }),
    );
    assert.ok(!('outcome' in narrowed));
    assert.equal(valuesIn(narrowed.identityHeaders, 'x-auth-groups')[0]?.split(',').length, 10);
  });

  it('is refused where a header could not say who it is, and the refusal says which', async () => {
    const app = sampleApp({ dialect: 'remote-user' });
    const refused = await issue(app, sampleIdentity({ groups: ['it', 'a,admin'] }));
    assert.ok('outcome' in refused);
    assert.equal(refused.reason, 'identity_unsendable');
    assert.match(refused.detail ?? '', /^Remote-Groups: the group "a,admin" holds ","/);
    const narrowed = await issue(
      sampleApp({ dialect: 'remote-user', groupPatterns: ['it'] }),
      refused.identity,
    );
    assert.ok(!('outcome' in narrowed));
    assert.deepEqual(valuesIn(narrowed.identityHeaders, 'remote-groups'), ['it']);
  });

  it('is nobody’s on a public rule that identifies, where the user cannot be written', async () => {
    const app = sampleApp({ dialect: 'remote-user' });
    const rule = sampleRule({ allow: { kind: 'public' }, identifies: true });
    const passport = await issue(app, sampleIdentity({ username: ' ann' }), undefined, rule);
    assert.ok(!('outcome' in passport));
    assert.deepEqual(valuesIn(passport.identityHeaders, 'remote-user'), ['']);
  });

  it('is of the key that signs now, of this app and of this rule, whoever asked before', async () => {
    const key = await testKey();
    let signs = key;
    const assertions = createAssertions({
      issuer: site.publicUrl,
      ttlSeconds: 60,
      keys: { signing: () => signs, published: () => [] },
    });
    const { issue: issueTo } = createPassports({ assertions, site });
    const identity = sampleIdentity();
    const apps = ['data', 'other'].map((name) =>
      sampleApp({ name, setHeaders: [{ kind: 'fixed', name: 'X-App', value: name }] }),
    );
    const rules = Array.from({ length: 20 }, () => sampleRule());
    const told = () =>
      rules.flatMap((rule) =>
        apps.map((app) => {
          const passport = issueTo(
            { outcome: 'allow', reason: 'signed_in', app, rule, identity, credentialHeader: 'authorization' },
            { headers },
          );
          assert.ok(!('outcome' in passport));
          const [assertion = ''] = valuesIn(passport.identityHeaders, 'x-auth-assertion');
          assert.deepEqual(valuesIn(passport.identityHeaders, 'x-app'), [app.name]);
          assert.equal(decodeJwt(assertion).aud, app.name);
          return `${app.name} ${decodeProtectedHeader(assertion).kid} ${assertion}`;
        }),
      );
    const before = new Set([...told(), ...told()]);
    assert.equal(before.size, 2, 'one for each app, however often it is asked for');
    signs = { ...key, kid: 'next' };
    const after = new Set(told());
    assert.deepEqual([...after].map((text) => text.split(' ', 2).join(' ')).sort(), [
      'data next',
      'other next',
    ]);
  });
});
