import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { openableApps } from '../../../gateway/portal/openable.ts';
import { createTestGate } from '../gate.ts';
import { sampleIdentity } from '../samples.ts';

const file = `publicUrl: https://lab.org/sso
trustedProxies: [127.0.0.1]
providers:
  scicat: { kind: scicat, url: https://scicat.lab.org }
  other: { kind: oidc, issuer: https://sso.lab.org/realms/other, acceptTokensFor: [x] }
apps:
  anyone: { url: https://lab.org/anyone, allow: signed-in }
  staff: { url: https://lab.org/staff, allow: { groups: [staff], realms: [scicat] } }
  mine: { url: https://lab.org/mine, allow: { users: [alice], realms: [scicat] } }
  namesake: { url: https://lab.org/namesake, allow: { users: [alice], realms: [other] } }
  others-only: { url: https://lab.org/others, providers: [other], allow: signed-in }
  closed: { url: https://lab.org/closed, allow: nobody }
  open: { url: https://open.lab.org, allow: public }
  api: { url: https://lab.org/api, allow: signed-in, listed: false }
  tokens: { url: https://lab.org/tokens, allow: signed-in, credentials: [bearer] }
  write: { url: https://lab.org/write, rules: [{ methods: [POST], allow: signed-in }] }
  below: { url: https://lab.org/below, rules: [{ paths: [/deep/**], allow: signed-in }] }
  stripped: { url: https://lab.org/stripped, stripped: true, allow: signed-in }
  far: { url: https://far.lab.org:8443/a/b, rules: [{ networks: [10.1.0.0/16], allow: signed-in }] }
  fresh: { url: https://lab.org/fresh, rules: [{ maxAgeSeconds: 60, allow: { users: [carol], realms: [scicat] } }] }
  all: { url: "https://*.lab.org", allow: signed-in }
`;

describe('the apps that somebody may open', () => {
  const openable = async (clientAddress: string | undefined, overrides = {}) => {
    const { config, gate } = await createTestGate({}, file);
    const identity = sampleIdentity(overrides);
    const visitor = { authentication: { kind: 'verified', identity }, clientAddress } as const;
    return (await openableApps(config.apps, gate.policy, visitor)).map(({ name }) => name);
  };

  it('are those whose own page the rules let them have, in the order of the file', async () => {
    assert.deepEqual(await openable('192.0.2.1'), ['anyone', 'mine', 'open', 'stripped']);
  });

  it('differ by group, by realm and by where they are', async () => {
    const staff = { groups: ['staff'], username: 'bob' };
    assert.deepEqual(await openable('10.1.2.3', staff), ['anyone', 'staff', 'open', 'stripped', 'far']);
    assert.deepEqual(await openable('10.1.2.3', { ...staff, realm: 'other', provider: 'other' }), [
      ...['anyone', 'others-only', 'open', 'stripped', 'far'],
    ]);
  });

  it('hold one that wants a fresher sign-in, for those whom it then lets in', async () => {
    assert.ok((await openable('192.0.2.1', { username: 'carol' })).includes('fresh'));
    assert.ok(!(await openable('192.0.2.1', { username: 'dave' })).includes('fresh'));
  });

  it('do not hold one that goes by networks where nobody knows the address', async () => {
    assert.ok(!(await openable(undefined)).includes('far'));
  });
});
