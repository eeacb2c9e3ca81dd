// The examples of the gateway's file in the README and docs/: each is one that the gateway takes, where it belongs in the
// file. A line that somebody copies has to be good.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { rootCertificates } from 'node:tls';
import { dump, load } from 'js-yaml';
import { loadGatewayConfig } from '../../gateway/config.ts';

const root = new URL('../../', import.meta.url);
const pages = ['README.md', ...readdirSync(new URL('docs/', root)).map((name) => `docs/${name}`)].filter(
  (name) => name.endsWith('.md'),
);

type Example = { readonly place: string; readonly text: string };

const examples: readonly Example[] = pages.flatMap((page) => {
  const text = readFileSync(new URL(page, root), 'utf8');
  return [...text.matchAll(/^( *)```yaml\n([\s\S]*?)^ *```$/gm)].map(
    ({ index, 1: indent = '', 2: block = '' }) => ({
      place: `${page}:${text.slice(0, index).split('\n').length}`,
      text: block.replaceAll(new RegExp(`^${indent}`, 'gm'), '').replaceAll('…', 'x'),
    }),
  );
});

/** A proxy's, or a proxy's and the gateway's side by side. */
const isOthers = ({ text }: Example) =>
  /^(?:tls|entryPoints|services|address|api|forwardAuth|- name):/m.test(text.trimStart()) ||
  /^# (?:Traefik|the middleware)/m.test(text);

const keysOfAnApp = ['rules', 'setHeaders', 'allow'];

/** Where it belongs. */
function complete(text: string): object {
  const example: unknown = load(text);
  assert.ok(typeof example === 'object' && example !== null);
  const [[key = '', value] = []] = Object.entries(example);
  const app = { url: 'https://a.lab.org', allow: 'signed-in' };
  const file = {
    publicUrl: 'https://lab.org/sso',
    providers: { scicat: { kind: 'scicat', url: 'https://scicat.lab.org' } },
    apps: { a: app },
  };
  if (keysOfAnApp.includes(key))
    return {
      ...file,
      apps: { a: { ...app, ...('rules' in example ? { allow: undefined } : {}), ...example } },
    };
  if (has(value, 'kind')) return { ...file, providers: example };
  if (has(value, 'url')) return { ...file, apps: example };
  return { ...file, ...example };
}

function has(value: unknown, key: string): boolean {
  return typeof value === 'object' && value !== null && key in value;
}

// For keys, too: 32 bytes in base64url.
const secret = 'x'.repeat(43);
const environment = { OIDC_SECRET: secret, ENTRA_SECRET: secret, PGPASSWORD: secret };
const [authority = ''] = rootCertificates;
const readFile = (path: string) => (path.endsWith('.pem') ? authority : secret);

describe('an example of the gateway’s file', () => {
  const ours = examples.filter((example) => !isOthers(example));

  it('is on many pages', () => {
    assert.ok(ours.length >= 20, `${ours.length} of ${examples.length}`);
  });

  for (const { place, text } of ours)
    it(`is good: ${place}`, () => {
      const loaded = loadGatewayConfig(
        { file: place, text: dump(complete(text), { skipInvalid: true }) },
        { readFile, environment },
      );
      assert.ok(
        loaded.ok,
        loaded.ok
          ? ''
          : loaded.mistakes.map(({ path, message }) => `${path.join('.')}: ${message}`).join('\n'),
      );
    });
});
