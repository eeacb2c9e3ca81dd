// The labels that docs/docker-labels.md tells an admin to write, read as Traefik reads them, and the gateway's file beside
// them. test/end-to-end/docker-labels.test.ts has the real Traefik read them.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { load } from 'js-yaml';
import { z } from 'zod';
import { loadGatewayConfig } from '../../gateway/config.ts';

const root = new URL('../../', import.meta.url);
const read = (path: string) => readFileSync(new URL(path, root), 'utf8');
const [file = '', fixed = '', compose = ''] = [
  ...read('docs/docker-labels.md').matchAll(/```yaml\n([\s\S]*?)```/g),
].map(([, text]) => text ?? '');

const service = z.object({ labels: z.record(z.string(), z.string()) });
const { labels } = z.object({ services: z.object({ tool: service }) }).parse(load(compose)).services.tool;
const label = (name: string): string => labels[name] ?? '';
const middleware = (key: string) => label(`traefik.http.middlewares.tool-door.forwardauth.${key}`);

const forwardAuth = z.object({
  authResponseHeaders: z.array(z.string()),
  trustForwardHeader: z.boolean(),
  maxResponseBodySize: z.number(),
  headerField: z.string(),
});
const ours = z
  .object({ http: z.object({ middlewares: z.object({ beamgate: z.object({ forwardAuth }) }) }) })
  .parse(load(read('traefik/dynamic/beamgate.yaml'))).http.middlewares.beamgate.forwardAuth;

describe('docs/docker-labels.md', () => {
  it('has a middleware that is the one of traefik/dynamic, but for its address', () => {
    const names = middleware('authResponseHeaders')
      .split(',')
      .map((name) => name.trim());
    assert.deepEqual(names, ours.authResponseHeaders);
    assert.equal(middleware('trustForwardHeader'), String(ours.trustForwardHeader));
    assert.equal(middleware('maxResponseBodySize'), String(ours.maxResponseBodySize));
    assert.equal(middleware('headerField'), ours.headerField);
    const keys = Object.keys(labels).filter((name) => name.startsWith('traefik.http.middlewares.'));
    assert.equal(keys.length, Object.keys(ours).length + 1);
  });

  it('has a router that goes through it, on an entry point that the page has', () => {
    assert.equal(label('traefik.http.routers.tool.middlewares'), 'tool-door');
    const { entryPoints } = z.object({ entryPoints: z.record(z.string(), z.unknown()) }).parse(load(fixed));
    assert.deepEqual(Object.keys(entryPoints), [label('traefik.http.routers.tool.entrypoints')]);
  });

  it('names an app of the page’s file, whose host is the router’s', () => {
    const text = `publicUrl: https://lab.org/sso
providers: { scicat: { kind: scicat, url: https://scicat.lab.org } }
${file}`;
    const loaded = loadGatewayConfig({ file: 'g.yaml', text }, { readFile: () => '', environment: {} });
    assert.ok(loaded.ok, JSON.stringify(loaded));
    const { searchParams, pathname } = new URL(middleware('address'));
    const app = loaded.value.apps.find(({ name }) => name === searchParams.get('app'));
    assert.equal(pathname, '/auth/traefik');
    assert.equal(app?.takesLabels, true);
    const host = /^Host\(`([^`]+)`\)$/.exec(label('traefik.http.routers.tool.rule'))?.[1] ?? '';
    assert.ok(app.host.kind === 'below' && host.endsWith(app.host.suffix));
  });
});
