// Several issuers at one gateway, as it is started: who gets in where, and what an issuer that is down takes along.
import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import { traefikHeaders } from '../gateway/samples.ts';
import { startOidc } from '../simulators/oidc/start.ts';
import { createClient, field } from './ask.ts';
import { startTestGateway } from './gateway.ts';

const lab = await startOidc();
const guests = await startOidc({ path: '/realms/guests' });
const closed = await startOidc({ path: '/realms/closed' });
await closed.stop();

const provider = (issuer: string, acceptTokensFor: readonly string[]) => ({
  kind: 'oidc',
  issuer,
  acceptTokensFor,
});
const gateway = await startTestGateway({
  scicatUrl: 'http://127.0.0.1:9',
  top: {
    publicUrl: 'https://lab.org/sso',
    providers: {
      lab: provider(lab.issuer, ['ingestor', 'notebooks']),
      guests: provider(guests.issuer, ['ingestor']),
      closed: provider(closed.issuer, ['ingestor']),
    },
    apps: {
      data: { url: 'https://lab.org/data', allow: 'signed-in', public: ['/version'] },
      staff: { url: 'https://lab.org/staff', allow: { groups: ['it'], realms: ['lab'] } },
      own: {
        url: 'https://lab.org/own',
        providers: ['lab'],
        acceptTokensFor: ['notebooks'],
        allow: 'signed-in',
      },
    },
  },
});
after(() => Promise.all([gateway.stop(), lab.stop(), guests.stop()]));

const client = createClient({ scheme: 'http', port: gateway.proxiesPort });
function ask(path: string, token: string) {
  const headers = traefikHeaders({ 'X-Forwarded-Uri': path }, ['Authorization', `Bearer ${token}`]);
  return client({ path: '/auth/traefik', host: 'gateway', headers });
}

describe('a gateway with several issuers', () => {
  it('knows each by its tokens, and each name in its own realm', async () => {
    const [fromLab, fromGuests] = await Promise.all([lab.accessToken(), guests.accessToken()]);
    const allowed = await ask('/data', fromLab);
    assert.equal(allowed.status, 200, allowed.body);
    assert.equal(allowed.headers['x-auth-realm'], 'lab');
    assert.equal(allowed.headers['x-auth-groups'], 'it,p1');
    assert.equal((await ask('/data', fromGuests)).headers['x-auth-realm'], 'guests');
    assert.equal((await ask('/staff', fromLab)).status, 200);
    assert.equal((await ask('/staff', fromGuests)).status, 403, 'the same groups, but of guests');
  });

  it('lets nobody in by an address that is not verified, and says so in the log’s words', async () => {
    const byEmail = await startTestGateway({
      scicatUrl: 'http://127.0.0.1:9',
      top: {
        publicUrl: 'https://lab.org/sso',
        providers: { lab: { ...provider(lab.issuer, ['ingestor']), claims: { username: 'email' } } },
        apps: { data: { url: 'https://lab.org/data', allow: { users: ['alice@lab.org'] } } },
      },
    });
    try {
      const ask = (token: string) =>
        createClient({ scheme: 'http', port: byEmail.proxiesPort })({
          path: '/auth/traefik',
          host: 'gateway',
          headers: traefikHeaders({ 'X-Forwarded-Uri': '/data' }, ['Authorization', `Bearer ${token}`]),
        });
      const allowed = await ask(await lab.accessToken({ email_verified: 'true' }));
      assert.equal(allowed.headers['x-auth-username'], 'alice@lab.org');
      for (const email_verified of [false, 'false', undefined]) {
        const refused = await ask(await lab.accessToken({ email_verified }));
        assert.equal(refused.status, 401);
        assert.equal(field(refused, 'reason'), 'identifier_unverified');
      }
    } finally {
      await byEmail.stop();
    }
  });

  it('takes for an app only what was issued for it, whatever is remembered of the token', async () => {
    const [ingestor, notebooks] = await Promise.all([
      lab.accessToken(),
      lab.accessToken({ aud: 'notebooks' }),
    ]);
    for (const round of [1, 2]) {
      assert.equal((await ask('/data', ingestor)).status, 200, `round ${round}`);
      assert.equal(field(await ask('/own', ingestor), 'reason'), 'token_audience');
      assert.equal((await ask('/own', notebooks)).status, 200);
    }
    assert.equal(field(await ask('/own', await guests.accessToken()), 'reason'), 'provider_not_accepted');
  });

  it('is a 503 for tokens of one that is down, and for nothing else', async () => {
    const refused = await ask('/data', await closed.accessToken());
    assert.equal(refused.status, 503);
    assert.equal(field(refused, 'reason'), 'unavailable');
    assert.ok(Number(refused.headers['retry-after']) > 0);
    assert.equal((await ask('/data/version', await closed.accessToken())).status, 200);
    assert.equal((await ask('/data', await lab.accessToken())).status, 200);
  });

  it('says which is down', async () => {
    const operations = createClient({ scheme: 'http', port: gateway.operationsPort });
    const ready = await operations({ path: '/health/ready', host: 'gateway' });
    const states = field(ready, 'dependencies');
    assert.ok(Array.isArray(states));
    assert.deepEqual(
      states.map(({ name, state }) => [name, state]),
      [
        ['database', 'up'],
        ['lab', 'up'],
        ['guests', 'up'],
        ['closed', 'down'],
      ],
    );
  });

  it('goes on with whom it knows when one goes down', async () => {
    const token = await guests.accessToken();
    assert.equal((await ask('/data', token)).status, 200);
    await guests.stop();
    assert.equal((await ask('/data', token)).status, 200);
  });
});
