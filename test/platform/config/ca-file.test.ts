import assert from 'node:assert/strict';
import { it } from 'node:test';
import { z } from 'zod';
import { caFileSchema } from '../../../platform/config/ca-file.ts';
import { loadConfig } from '../../../platform/config/load.ts';
import { renderMistake } from '../../../platform/config/mistakes.ts';
import { describeWith, openssl } from '../../real-parts/find.ts';
import { makeAuthority } from '../../tls/authority.ts';

describeWith([openssl], 'a key that names a CA file', () => {
  const { pem, server } = makeAuthority();
  const files: Readonly<Record<string, string>> = {
    'ca.pem': pem,
    'two.pem': `# the lab's\n${pem}\n${pem}`,
    'empty.pem': '',
    'text.pem': 'hello',
    'key.pem': `${pem}${server.key}`,
    'broken.pem': `${pem}${pem.replace(/^(.{60}).{8}/m, '$1AAAAAAAA').replace('MII', 'AAA')}`,
  };
  const readFile = (path: string): string => {
    const text = files[path];
    if (text === undefined) throw Object.assign(new Error('no such file'), { code: 'ENOENT' });
    return text;
  };
  const schema = z.strictObject({ scicat: z.strictObject({ caFile: caFileSchema({ readFile }) }) });
  const load = (path: string) => loadConfig({ file: 'g.yaml', text: `scicat:\n  caFile: ${path}\n` }, schema);

  it('is its path and its text, with one certificate or with several', () => {
    const loaded = load('two.pem');
    assert.ok(load('ca.pem').ok && loaded.ok);
    assert.deepEqual(loaded.value.scicat.caFile, { path: 'two.pem', pem: files['two.pem'] });
  });

  for (const [path, problem] of [
    ['gone.pem', 'cannot be read (ENOENT)'],
    ['empty.pem', 'holds no certificate in PEM (-----BEGIN CERTIFICATE-----)'],
    ['text.pem', 'holds no certificate in PEM (-----BEGIN CERTIFICATE-----)'],
    ['key.pem', 'holds a private key: it is to hold certificates alone'],
    ['broken.pem', 'holds a certificate that cannot be read, the 2. of 2'],
  ] as const)
    it(`is a mistake with line and key where the file ${problem}`, () => {
      const loaded = load(path);
      assert.deepEqual(loaded.ok ? [] : loaded.mistakes.map(renderMistake), [
        `g.yaml:2 scicat.caFile: the file ${path} ${problem}`,
      ]);
    });
});
