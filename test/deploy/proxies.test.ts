// The files for nginx, Caddy and Envoy against what the gateway sets and reads. The proxies run them in
// test/end-to-end/proxies.test.ts.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { load } from 'js-yaml';
import { loadGatewayConfig } from '../../gateway/config.ts';
import { identityHeaderNames } from '../../gateway/proxies/identity-headers.ts';
import { readText } from './compose.ts';

const credentials = ['Authorization', 'Cookie', 'SciCat-API-Key'];
const own = identityHeaderNames.filter(
  (name) => name.startsWith('X-Auth-') && !name.startsWith('X-Auth-Request-'),
);

function at(value: unknown, ...keys: readonly (string | number)[]): unknown {
  return keys.reduce<unknown>(
    (found, key) => (typeof found === 'object' && found !== null ? Reflect.get(found, key) : undefined),
    value,
  );
}

function publicPath(): string {
  const text = readText('config/gateway.yaml');
  const loaded = loadGatewayConfig({ file: 'g.yaml', text }, { readFile: () => 'x', environment: {} });
  assert.ok(loaded.ok);
  return new URL(loaded.value.publicUrl).pathname;
}

describe('deploy/nginx/', () => {
  const ask = readText('deploy/nginx/beamgate-ask.conf');

  it('copies every header of the preset, and of every credential, from the answer', () => {
    for (const name of [...own, ...credentials]) {
      const variable = new RegExp(`^proxy_set_header ${name} (\\$\\w+);$`, 'm').exec(ask)?.[1];
      const source = `$upstream_http_${name.toLowerCase().replaceAll('-', '_')}`;
      assert.ok(variable !== undefined && ask.includes(`auth_request_set ${variable} ${source};`), name);
    }
  });

  it('sets every header that is read, says so of the address, and serves the gateway’s pages where publicUrl is', () => {
    const server = readText('deploy/nginx/beamgate-server.conf');
    assert.match(server, /proxy_set_header X-Original-URL \$scheme:\/\/\$http_host\$request_uri;/);
    assert.match(server, /proxy_set_header X-Original-Method \$request_method;/);
    assert.match(server, /proxy_pass http:\/\/beamgate_questions\/auth\/nginx\?address=x-original-address;/);
    assert.match(server, /proxy_set_header X-Original-Address \$remote_addr;/);
    assert.ok(readText('deploy/nginx/beamgate.conf').includes(`location ${publicPath()}/ {`));
  });
});

describe('deploy/caddy/Caddyfile', () => {
  const file = readText('deploy/caddy/Caddyfile');

  it('takes away what a client sent, before the question and before the copies', () => {
    assert.ok(file.indexOf('request_header -X-Auth-*') < file.indexOf('rewrite /auth/caddy?'));
    for (const name of credentials) assert.match(file, new RegExp(`request_header -${name}\\n`, 'i'));
  });

  it('chooses an app by its path with the case that the gateway judges', () => {
    const chosen = [...file.matchAll(/^\thandle (.*)\{\n\t\timport beamgate /gm)].map(([, by]) => by?.trim());
    assert.deepEqual(chosen, ['@globus']);
    assert.match(file, /^\t@globus path_regexp \^\/globus\/$/m);
  });

  it('copies every header of the preset from the answer', () => {
    for (const name of own)
      assert.ok(file.includes(`request_header ${name} {http.reverse_proxy.header.${name}}\n`), name);
    assert.ok(file.includes(`handle ${publicPath()}/* {`));
  });
});

describe('deploy/envoy/envoy.yaml', () => {
  const manager = at(load(readText('deploy/envoy/envoy.yaml')), 'static_resources', 'listeners', 0);
  const config = at(manager, 'filter_chains', 0, 'filters', 0, 'typed_config');
  const asking = at(config, 'http_filters', 0, 'typed_config');
  const patterns = at(
    asking,
    'http_service',
    'authorization_response',
    'allowed_upstream_headers',
    'patterns',
  );

  it('takes every identity header and every credential from the answer', () => {
    assert.ok(Array.isArray(patterns));
    assert.deepEqual(
      patterns.map(({ exact }) => exact).sort(),
      [...identityHeaderNames, ...credentials].map((name) => name.toLowerCase()).sort(),
    );
  });

  it('lets nothing pass without an answer, and believes no client about itself', () => {
    assert.equal(at(asking, 'failure_mode_allow'), false);
    assert.equal(at(config, 'use_remote_address'), true);
    assert.equal(at(asking, 'http_service', 'path_prefix'), '/auth/envoy');
  });

  it('asks about every route but the gateway’s own pages, which are where publicUrl is', () => {
    const routes = at(config, 'route_config', 'virtual_hosts', 0, 'routes');
    assert.ok(Array.isArray(routes));
    const unasked = routes.filter((route) => at(route, 'typed_per_filter_config') !== undefined);
    assert.deepEqual(
      unasked.map((route) => at(route, 'match', 'path_separated_prefix')),
      [publicPath(), '/.beamgate'],
    );
    for (const route of routes)
      assert.equal(unasked.includes(route), at(route, 'route', 'cluster') === 'beamgate_pages');
  });
});
