// The README's tables are made from the code, and nothing that a refused user may read is left unexplained.
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { generatedFiles } from '../../cli/generated.ts';
import { refusalReasons } from '../../gateway/reasons.ts';
import { restartKeys } from '../../gateway/reload.ts';

const root = new URL('../../', import.meta.url);
const read = (path: string) => readFileSync(new URL(path, root), 'utf8');
const readme = read('README.md');

describe('what is made from the code', () => {
  for (const [path, text] of Object.entries(generatedFiles(read))) {
    it(`${path} is current (npm run generate)`, () => {
      assert.equal(read(path), text);
    });
  }
});

describe('the README', () => {
  const explained = new Set([...readme.matchAll(/`([a-z]+(?:_[a-z]+)*)`/g)].map(([, reason]) => reason));

  it("explains every reason of the gateway's", () => {
    assert.deepEqual(
      refusalReasons.filter((reason) => !explained.has(reason)),
      [],
    );
  });

  it("explains every reason of the transfer-service's", () => {
    const reasons = [...read('transfer-service/refusals.ts').matchAll(/case '([a-z_]+)':/g)].map(
      ([, reason]) => reason,
    );
    assert.ok(reasons.length > 20);
    const open = [...reasons, ...read('transfer-service/app.ts').matchAll(/reason: '([a-z_]+)'/g)].map(
      (reason) => (typeof reason === 'string' ? reason : reason?.[1]),
    );
    assert.deepEqual(
      open.filter((reason) => !explained.has(reason)),
      [],
    );
  });

  it('explains no reason that there is none of', () => {
    const known = new Set([
      ...refusalReasons,
      ...['gateway', 'transfer-service'].flatMap((folder) => reasonsIn(folder)),
    ]);
    const rows = readme.split('\n').filter((row) => /^\| (?:\d{3}[ ,\d]*) \| `[a-z_]+`/.test(row));
    assert.ok(rows.length > 40);
    const named = rows.flatMap((row) =>
      [...(row.split('|')[2] ?? '').matchAll(/`([a-z_]+)`/g)].map(([, reason]) => reason ?? ''),
    );
    assert.deepEqual(
      named.filter((reason) => !known.has(reason)),
      [],
    );
  });

  it('names the keys that count from the next start on', () => {
    const named = /count from the next start on[^:]*:((?:[^\n]+\n)+)/.exec(readme)?.[1] ?? '';
    assert.deepEqual(
      [...named.matchAll(/`([^`]+)`/g)].map(([, key]) => key),
      Object.keys(restartKeys),
    );
  });

  it('leads to files that are there', () => {
    const links = [...readme.matchAll(/\]\(([^)#:]+)\)/g)].map(([, path]) => path ?? '');
    const commands = [...readme.matchAll(/(?:--config |--configFile=)((?:config|traefik)\/[\w./-]+)/g)].map(
      ([, path]) => path ?? '',
    );
    assert.deepEqual(
      [...links, ...commands].filter((path) => !existsSync(new URL(path, root))),
      [],
    );
  });

  it('has company in docs/ whose links lead to files that are there', () => {
    const pages = readdirSync(new URL('docs/', root)).filter((name) => name.endsWith('.md'));
    assert.ok(pages.length > 10);
    const broken = pages.flatMap((page) =>
      [...read(`docs/${page}`).matchAll(/\]\(([^)#:]+)(?:#[^)]*)?\)/g)]
        .map(([, path]) => path ?? '')
        .filter((path) => !existsSync(new URL(path, new URL('docs/', root))))
        .map((path) => `${page}: ${path}`),
    );
    assert.deepEqual(broken, []);
  });

  it('names sections that it has', () => {
    const headings = new Set(
      [...readme.matchAll(/^#+ (.+)$/gm)].map(([, text]) =>
        (text ?? '')
          .toLowerCase()
          .replace(/[^a-z0-9 -]/g, '')
          .replaceAll(' ', '-'),
      ),
    );
    const anchors = [...readme.matchAll(/\]\(#([^)]+)\)/g)].map(([, anchor]) => anchor ?? '');
    assert.deepEqual(
      anchors.filter((anchor) => !headings.has(anchor)),
      [],
    );
  });
});

function reasonsIn(folder: string): readonly string[] {
  const files =
    folder === 'gateway'
      ? ['gateway/reasons.ts']
      : ['transfer-service/refusals.ts', 'transfer-service/app.ts'];
  return files.flatMap((file) =>
    [...read(file).matchAll(/'([a-z]+(?:_[a-z]+)*)'/g)].map(([, reason]) => reason ?? ''),
  );
}
