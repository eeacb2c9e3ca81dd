import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { load } from 'js-yaml';
import { loadGatewayConfig } from '../../gateway/config.ts';
import { identityHeaderNames } from '../../gateway/proxies/identity-headers.ts';

const root = new URL('../../', import.meta.url);
const read = (path: string) => readFileSync(new URL(path, root), 'utf8');

function at(value: unknown, ...keys: readonly string[]): unknown {
  return keys.reduce<unknown>(
    (found, key) => (typeof found === 'object' && found !== null ? Reflect.get(found, key) : undefined),
    value,
  );
}

describe("Traefik's files", () => {
  const dynamic = load(read('traefik/dynamic/beamgate.yaml'));
  const fixed = load(read('traefik/traefik.yaml'));
  const config = loadGatewayConfig(
    { file: 'config/gateway.yaml', text: read('config/gateway.yaml') },
    { readFile: () => 'x', environment: {} },
  );

  it('list every header that the gateway sets, every one that a credential can stand in, and what would name another path', () => {
    assert.ok(config.ok);
    const credentials = [
      'Authorization',
      'Cookie',
      ...config.value.providers.flatMap((provider) => (provider.kind === 'scicat' ? [provider.header] : [])),
    ];
    const listed = at(dynamic, 'http', 'middlewares', 'beamgate', 'forwardAuth', 'authResponseHeaders');
    assert.ok(Array.isArray(listed));
    const elsewhere = ['X-Original-URL', 'X-Rewrite-URL'];
    const expected = [...identityHeaderNames, ...credentials, ...elsewhere].map((name) => name.toLowerCase());
    assert.deepEqual(listed.map((name) => String(name).toLowerCase()).sort(), expected.sort());
  });

  it('do not trust forwarded headers, and do not open the API', () => {
    assert.equal(at(dynamic, 'http', 'middlewares', 'beamgate', 'forwardAuth', 'trustForwardHeader'), false);
    assert.equal(at(fixed, 'api', 'insecure'), false);
  });

  it('put the middleware at every entry point that serves anything', () => {
    assert.deepEqual(at(fixed, 'entryPoints', 'websecure', 'http', 'middlewares'), ['beamgate@file']);
    assert.equal(at(fixed, 'entryPoints', 'web', 'http', 'redirections', 'entryPoint', 'to'), 'websecure');
    assert.deepEqual(Object.keys(Object(at(fixed, 'entryPoints'))).sort(), ['web', 'websecure']);
  });

  it('for two gateways keep the entry point for questions to Traefik itself, and every app away from it', () => {
    const two = load(read('traefik/two-gateways/traefik.yaml'));
    const entryPoints = at(two, 'entryPoints');
    assert.deepEqual(Object.keys(Object(entryPoints)).sort(), ['beamgate', 'web', 'websecure']);
    assert.match(String(at(entryPoints, 'beamgate', 'address')), /^127\.0\.0\.1:/);
    assert.equal(at(entryPoints, 'websecure', 'asDefault'), true);
    assert.deepEqual(at(entryPoints, 'websecure', 'http', 'middlewares'), ['beamgate@file']);
  });

  for (const [config, files] of [
    ['dashboards-own-hosts.yaml', ['grafana.yaml', 'minio.yaml', 'prefect.yaml']],
    ['dashboards-one-host.yaml', ['one-host.yaml']],
  ] as const)
    it(`for ${config} route only what the gateway has an app for, and leave the asking to the entry point`, () => {
      const loaded = loadGatewayConfig(
        { file: config, text: read(`config/${config}`) },
        { readFile: () => 'x', environment: { OIDC_SECRET: 'x' } },
      );
      assert.ok(loaded.ok, loaded.ok ? '' : loaded.mistakes.map(({ message }) => message).join());
      const urls = new Set(loaded.value.apps.map(({ url }) => url));
      for (const file of files) {
        const text = read(`traefik/dashboards/${file}`);
        assert.doesNotMatch(text, /forwardAuth/);
        const rules = Object.values(Object(at(load(text), 'http', 'routers'))).map((router) =>
          String(at(router, 'rule')),
        );
        assert.ok(rules.length > 0);
        for (const rule of rules) {
          const [, host = ''] = /Host\(`([^`]+)`\)/.exec(rule) ?? [];
          const paths = [...rule.matchAll(/ Path\(`([^`]+)`\)|\(Path\(`([^`]+)`\)/g)].map(
            (found) => found[1] ?? found[2],
          );
          for (const path of paths.length === 0 ? [''] : paths)
            assert.ok(urls.has(`https://${host}${path}`), `${host}${path}`);
        }
      }
    });

  it('route only hosts that the gateway has an app for', () => {
    assert.ok(config.ok);
    const hosts = new Set(config.value.apps.map(({ host }) => (host.kind === 'exact' ? host.name : '')));
    const rules = Object.values(Object(at(dynamic, 'http', 'routers'))).map((router) =>
      String(at(router, 'rule')),
    );
    assert.ok(rules.length >= 3);
    // The gateway's own on every host.
    for (const rule of rules.filter((one) => one !== 'PathPrefix(`/.beamgate/`)'))
      assert.ok(hosts.has(/Host\(`([^`]+)`\)/.exec(rule)?.[1] ?? ''), rule);
    assert.ok(rules.includes('PathPrefix(`/.beamgate/`)'));
  });
});
