// docs/replace-scicat-globus-proxy.md and docs/operating.md: their commands exist, and no reason is left unexplained.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { leftOutSentences } from '../../transfer-service/takeover/take-over.ts';

const read = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');
const page = read('docs/replace-scicat-globus-proxy.md');
const command = fileURLToPath(new URL('../../cli/beamgate.ts', import.meta.url));
const usage = spawnSync(process.execPath, [command, '--help'], { encoding: 'utf8' }).stdout;

/** `npx beamgate keys rotate --now` -> the words, and the options. */
function commandsOf(text: string) {
  return [
    ...text.matchAll(/npx beamgate ((?:[a-z][a-z-]*)(?: (?!-)[a-z]+)*)((?: --[a-z]+(?: [^\s`-]\S*)?)*)/g),
  ].map(([, words = '', options = '']) => ({
    words,
    options: [...options.matchAll(/--[a-z]+/g)].map(([name]) => name),
  }));
}

describe('the commands of the operator’s pages', () => {
  for (const path of ['docs/replace-scicat-globus-proxy.md', 'docs/operating.md']) {
    it(`${path} names only what there is`, () => {
      for (const { words, options } of commandsOf(read(path))) {
        const lines = usage.split('\n').filter((line) => line.startsWith(`  beamgate ${words}`));
        const fitting = lines.filter((line) => options.every((option) => line.includes(option)));
        assert.ok(fitting.length > 0, `beamgate ${words} ${options.join(' ')}`);
      }
    });
  }

  it('are found by this test', () => {
    const found = commandsOf(page).map(({ words, options }) => [words, ...options].join(' '));
    assert.deepEqual(found, [
      'check --config',
      'globus-proxy adopt --config',
      'globus-proxy adopt --yes --config',
      'globus-proxy --config',
      'globus-proxy --config',
    ]);
  });
});

it('every reason to leave a transfer out is explained, and no other', () => {
  const rows = page.split('\n').filter((row) => row.startsWith('| `'));
  const explained = rows.flatMap((row) =>
    [...(row.split('|')[1] ?? '').matchAll(/`([a-z_]+)`/g)].map(([, name]) => name),
  );
  assert.deepEqual(explained.toSorted(), [...Object.keys(leftOutSentences), 'still_reported'].toSorted());
});
