// House rules that no linter knows: names and sizes of files, and what each opens with.
import assert from 'node:assert/strict';
import { basename } from 'node:path';
import { describe, it } from 'node:test';
import { readSources } from './sources.ts';

const sources = readSources('gateway', 'transfer-service', 'platform', 'cli');
const everything = [...sources, ...readSources('test')];

/** Looked at again at 250 lines, and found to be one idea all the same. */
const longer: Readonly<Record<string, string>> = {
  'gateway/types.ts': 'the central types side by side, which is what it is for',
  'transfer-service/paths.ts': 'source and destination side by side: apart they could come to differ',
};

describe('files', () => {
  it('are named in kebab-case', () => {
    assert.deepEqual(
      everything
        .map(({ path }) => path)
        .filter(
          (path) => !/^(?:[a-z0-9]+(?:-[a-z0-9]+)*\/)*[a-z0-9]+(?:-[a-z0-9]+)*(?:\.test)?\.ts$/.test(path),
        ),
      [],
    );
  });

  it('are named for what they are about', () => {
    assert.deepEqual(
      everything
        .map(({ path }) => path)
        .filter((path) => /(?:^|[/-])(?:utils?|helpers?|common|misc|managers?)(?:[./-]|$)/.test(path)),
      [],
    );
  });

  it('hold one idea: above 250 lines it is time to look again', () => {
    const long = sources.filter(
      ({ path, text }) => text.split('\n').length > 251 && longer[path] === undefined,
    );
    assert.deepEqual(
      long.map(({ path }) => path),
      [],
    );
  });

  it('open with what they answer', () => {
    assert.deepEqual(
      sources.filter(({ text }) => !/^(?:#!.*\n)?\/\/ \S/.test(text)).map(({ path }) => path),
      [],
    );
  });

  it('have no class but for state with a lifetime or an error, and no default export', () => {
    const factories = sources.filter(({ text }) =>
      /class \w*(?:Factory|Builder|Manager|Base|Container)\b/.test(text),
    );
    assert.deepEqual(
      factories.map(({ path }) => path),
      [],
    );
    assert.deepEqual(
      sources.filter(({ text }) => /^export default\b/m.test(text)).map(({ path }) => path),
      [],
    );
  });

  it('mirror the source: each test of a service or of platform/ lies where its source lies', () => {
    const paths = new Set(sources.map(({ path }) => path));
    const orphans = everything
      .map(({ path }) => path)
      .filter((path) => /^test\/(?:gateway|platform)\/.*\.test\.ts$/.test(path))
      .map((path) => path.replace(/^test\//, '').replace(/\.test\.ts$/, '.ts'))
      .filter((path) => !paths.has(path));
    assert.deepEqual(orphans, []);
  });

  it('name Jest, Mocha and sleeping nowhere: tests wait for a condition', () => {
    const sleepers = everything.filter(
      ({ path, text }) =>
        /^test\/(?:gateway|platform)\//.test(path) &&
        /\bsetTimeout\(\s*(?:resolve|r|done)\b|timers\/promises/.test(text),
    );
    assert.deepEqual(
      sleepers.map(({ path }) => basename(path)),
      [],
    );
  });
});
