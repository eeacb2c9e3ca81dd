import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { loadGatewayConfig } from '../../gateway/config.ts';
import { decide } from '../../gateway/decide.ts';
import { presetNames, presets } from '../../gateway/presets.ts';
import { createTestGate } from './gate.ts';
import { sampleRequest, valuesIn } from './samples.ts';

const file = (app: string) => `publicUrl: https://lab.org/sso
providers: { scicat: { kind: scicat, url: https://scicat.lab.org } }
apps:
  app: { url: https://lab.org/app, ${app} }
`;

function load(app: string) {
  const loaded = loadGatewayConfig(
    { file: 'g.yaml', text: file(app) },
    { readFile: () => '', environment: {} },
  );
  return loaded.ok
    ? (loaded.value.apps.find(({ name }) => name === 'app') ?? [])
    : loaded.mistakes.map(({ message }) => message);
}

function app(text: string) {
  const loaded = load(text);
  if (Array.isArray(loaded)) throw new Error(loaded.join());
  return loaded;
}

async function outcome(text: string, asked: { path: string; method?: string; headers?: readonly string[] }) {
  const { gate } = await createTestGate({ good: {} }, file(text));
  const request = sampleRequest({
    target: `/app${asked.path}`,
    method: asked.method ?? 'GET',
    headers: asked.headers ?? [],
  });
  const decided = await decide(request, gate);
  return decided.kind === 'pass'
    ? { status: 200, reason: decided.decision.reason, passport: decided.passport }
    : {
        status: decided.answer.status,
        location: valuesIn(decided.answer.headers, 'location')[0],
        passport: undefined,
      };
}

const bearer = ['Authorization', 'Bearer good'];

describe('a preset', () => {
  for (const name of presetNames)
    it(`${name} says what the app reads, and admits nobody by itself`, () => {
      const known = app(`preset: ${name}, allow: signed-in`);
      assert.equal(known.dialect, presets[name].dialect);
      assert.match(String(load(`preset: ${name}`)), /no rule that decides/);
    });

  it('gives a title that the file can give otherwise', () => {
    assert.equal(app('preset: grafana, allow: signed-in').title, 'Grafana');
    assert.equal(app('preset: grafana, title: Plots, allow: signed-in').title, 'Plots');
    assert.equal(app('preset: authentik, allow: signed-in').title, 'app');
  });
});

describe('health paths', () => {
  it('are anyone’s to GET, before every rule, and nobody is named to the app there', async () => {
    for (const path of ['/api/health', '/healthz']) {
      const { status, reason, passport } = await outcome('preset: grafana, allow: nobody', { path });
      assert.deepEqual([status, reason], [200, 'public']);
      assert.deepEqual(valuesIn(passport?.identityHeaders ?? [], 'x-webauth-user'), ['']);
    }
    assert.equal(
      (await outcome('preset: prefect, allow: nobody', { path: '/api/ready', method: 'HEAD' })).status,
      200,
    );
  });

  it('are not anyone’s to POST, nor is what lies below or looks like them', async () => {
    const text = 'preset: grafana, allow: nobody';
    assert.equal((await outcome(text, { path: '/api/health', method: 'POST' })).status, 403);
    for (const path of ['/api/health/x', '/api/healthy', '/api', '/healthz;x/y'])
      assert.notEqual((await outcome(text, { path })).status, 200, path);
  });

  it('can be others, or none', async () => {
    assert.equal(
      (await outcome('preset: grafana, allow: nobody, healthPaths: [/up]', { path: '/up' })).status,
      200,
    );
    assert.equal(
      (await outcome('preset: grafana, allow: nobody, healthPaths: [/up]', { path: '/healthz' })).status,
      403,
    );
    assert.equal(
      (await outcome('preset: grafana, allow: nobody, healthPaths: none', { path: '/healthz' })).status,
      403,
    );
    assert.equal((await outcome('allow: nobody, healthPaths: [/up]', { path: '/up' })).status, 200);
    assert.match(String(load('allow: signed-in, healthPaths: [up]')), /does not begin with/);
  });
});

describe('logout paths', () => {
  it('lead to the page that signs out of everything, whoever opens them', async () => {
    for (const headers of [[], bearer, ['Authorization', 'Bearer bad']])
      assert.deepEqual(
        await outcome('preset: grafana, allow: { groups: [p1] }', { path: '/logout', headers }),
        {
          status: 302,
          location: 'https://lab.org/sso/logout?app=app',
          passport: undefined,
        },
      );
    const known = await outcome('preset: forwarded-user, allow: signed-in', { path: '/_oauth/logout' });
    assert.equal(known.location, 'https://lab.org/sso/logout?app=app');
  });

  it('are matched whole, and only where a page is asked for', async () => {
    for (const path of ['/logout/x', '/logouts', '/a/logout'])
      assert.equal((await outcome('preset: grafana, allow: nobody', { path })).status, 403, path);
    const posted = await outcome('preset: minio, allow: signed-in', {
      path: '/api/v1/logout',
      method: 'POST',
      headers: ['SciCat-API-Key', 'good'],
    });
    assert.equal(posted.status, 200);
  });

  it('sent by a form or a script go to the app, and end the session that they came with', async () => {
    const id = 's'.repeat(43);
    const cookie = ['Cookie', `__Host-beamgate=${id}`, 'Sec-Fetch-Site', 'same-origin'];
    const text = 'preset: minio, allow: { groups: [p1] }';
    const sent = async (known: object, method: string, path: string, headers: readonly string[]) => {
      const { gate, ended } = await createTestGate({ [id]: known, good: {} }, file(text));
      const decided = await decide(sampleRequest({ target: `/app${path}`, method, headers }), gate);
      return [decided.kind, ended.length];
    };
    assert.deepEqual(await sent({}, 'POST', '/api/v1/logout', cookie), ['pass', 1]);
    assert.deepEqual(await sent({}, 'POST', '/api/v1/buckets', cookie), ['pass', 0]);
    assert.deepEqual(await sent({}, 'DELETE', '/api/v1/logout', cookie), ['pass', 0]);
    assert.deepEqual(await sent({}, 'POST', '/api/v1/logout', ['SciCat-API-Key', 'good']), ['pass', 0]);
    // Neither for a page on another host, nor for somebody whom the app would not even hear.
    const elsewhere = [...cookie.slice(0, 3), 'same-site'];
    assert.deepEqual(await sent({}, 'POST', '/api/v1/logout', elsewhere), ['refuse', 0]);
    assert.deepEqual(await sent({ groups: [] }, 'POST', '/api/v1/logout', cookie), ['refuse', 0]);
  });

  it('are not reachable where no rule fits at all', async () => {
    const closed = await outcome('preset: grafana, rules: [{ paths: [/d/**], allow: signed-in }]', {
      path: '/logout',
    });
    assert.equal(closed.status, 403);
  });

  it('can be others, or none', async () => {
    assert.equal(
      (await outcome('preset: grafana, allow: nobody, logoutPaths: [/bye]', { path: '/bye' })).status,
      302,
    );
    assert.equal(
      (await outcome('preset: grafana, allow: nobody, logoutPaths: none', { path: '/logout' })).status,
      403,
    );
  });
});

describe('what passes untouched', () => {
  it('is Grafana’s own token, beside who it is', async () => {
    const { status, passport } = await outcome('preset: grafana, allow: signed-in', {
      path: '/api/dashboards',
      headers: ['SciCat-API-Key', 'good', 'Authorization', 'Bearer glsa_own'],
    });
    assert.equal(status, 200);
    assert.deepEqual(passport?.credentialHeaders, ['Authorization', 'Bearer glsa_own']);
    assert.deepEqual(valuesIn(passport?.identityHeaders ?? [], 'x-webauth-user'), ['alice']);
  });

  it('is a signature of MinIO’s, and lets nobody in by itself', async () => {
    const signature =
      'AWS4-HMAC-SHA256 Credential=x/20261121/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=y';
    const alone = await outcome('preset: minio, allow: signed-in', {
      path: '/b/o',
      headers: ['Authorization', signature],
    });
    assert.equal(alone.status, 401);
    const open = await outcome('preset: minio, allow: public', {
      path: '/b/a%2Fb%25c',
      headers: ['Authorization', signature],
    });
    assert.deepEqual(open.passport?.credentialHeaders, ['Authorization', signature]);
  });

  it('is Prefect’s own password, and its clients come with a token of a provider', async () => {
    const text = 'preset: prefect, allow: signed-in';
    assert.equal((await outcome(text, { path: '/api/flows/filter', headers: bearer })).status, 200);
    const { passport } = await outcome(text, {
      path: '/api/x',
      headers: ['SciCat-API-Key', 'good', 'Authorization', 'Basic YTpi'],
    });
    assert.deepEqual(passport?.credentialHeaders, ['Authorization', 'Basic YTpi']);
  });

  it('can be said otherwise on the app', async () => {
    const text = 'preset: grafana, allow: signed-in, credentials: [bearer]';
    assert.equal((await outcome(text, { path: '/d', headers: bearer })).status, 200);
  });
});

describe('encoded characters of MinIO’s', () => {
  it('pass where no rule has paths, and only there', async () => {
    const key = { path: '/browser/b/a%2Fb', headers: ['SciCat-API-Key', 'good'] };
    assert.equal((await outcome('preset: minio, allow: signed-in', key)).status, 200);
    assert.equal((await outcome('preset: minio, public: [/login], allow: signed-in', key)).status, 400);
  });
});
