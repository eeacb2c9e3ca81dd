import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { z } from 'zod';
import { loadConfig } from '../../../platform/config/load.ts';
import { renderMistake } from '../../../platform/config/mistakes.ts';
import { secretSchema } from '../../../platform/config/secrets.ts';

const secrets = secretSchema({
  readFile: (path) => {
    if (path === '/run/secrets/good') return 'hunter2\n';
    throw Object.assign(new Error('no'), { code: 'ENOENT' });
  },
  environment: { TOKEN: 't' },
});

const who = z.strictObject({
  groups: z.array(z.string()).min(1).optional(),
  users: z.array(z.string()).optional(),
});
const schema = z.strictObject({
  url: z.string(),
  port: z.int().min(1).max(65535),
  secret: secrets.optional(),
  rules: z.array(z.strictObject({ allow: z.union([z.enum(['public', 'signed-in']), who]) })).optional(),
  apps: z.record(z.string(), z.strictObject({ url: z.string() })).optional(),
});

function mistakesOf(text: string): string[] {
  const loaded = loadConfig({ file: 'x.yaml', text }, schema);
  return loaded.ok ? [] : loaded.mistakes.map(renderMistake);
}

describe('a configuration file', () => {
  it('is read with its secrets resolved', () => {
    const loaded = loadConfig(
      { file: 'x.yaml', text: 'url: a\nport: 1\nsecret: file:/run/secrets/good\n' },
      schema,
    );
    assert.ok(loaded.ok);
    assert.equal(loaded.value.secret?.reveal(), 'hunter2');
    assert.equal(JSON.stringify(loaded.value.secret), '"[secret from file:/run/secrets/good]"');
    assert.equal(`${loaded.value.secret}`, '[secret from file:/run/secrets/good]');
  });

  it('names all mistakes at once, each with its line and key', () => {
    const text = [
      'port: 99999',
      'secret: hunter2',
      'rules:',
      '  - { allow: public }',
      '  - allow:',
      '      group: [it]',
      'apps:',
      '  a:',
      '    url: [1]',
      '',
    ].join('\n');
    assert.deepEqual(mistakesOf(text), [
      'x.yaml:1 url: missing, expected a string',
      'x.yaml:1 port: found the number 99999, expected at most 65535',
      'x.yaml:2 secret: a secret does not stand in this file: write file:/path or env:NAME',
      'x.yaml:6 rules[1].allow.group: unknown key, did you mean "groups"?',
      'x.yaml:9 apps.a.url: found a list, expected a string',
    ]);
  });

  it('lists the known keys where none is close', () => {
    assert.deepEqual(mistakesOf('url: a\nport: 1\ncolour: red\n'), [
      'x.yaml:3 colour: unknown key; known here: url, port, secret, rules, apps',
    ]);
  });

  it('says what a key with several shapes may be', () => {
    assert.deepEqual(mistakesOf('url: a\nport: 1\nrules: [{ allow: [] }]\n'), [
      'x.yaml:3 rules[0].allow: found an empty list, expected public | signed-in, or a mapping',
    ]);
  });

  it('refuses an empty list at its own line', () => {
    assert.deepEqual(mistakesOf('url: a\nport: 1\nrules:\n  - allow:\n      groups: []\n'), [
      'x.yaml:5 rules[0].allow.groups: found an empty list, expected at least 1 items',
    ]);
  });

  it('names the place of a secret that is not there', () => {
    assert.deepEqual(mistakesOf('url: a\nport: 1\nsecret: file:/nope\n'), [
      'x.yaml:3 secret: the file /nope cannot be read (ENOENT)',
    ]);
    assert.deepEqual(mistakesOf('url: a\nport: 1\nsecret: env:NOPE\n'), [
      'x.yaml:3 secret: the environment variable NOPE is not set',
    ]);
  });

  it('is refused where a few anchors of anchors are more than anybody could look at, or one leads back into itself', () => {
    const lines = ['a: &a [x, x, x, x, x, x, x, x, x, x]'];
    for (const [at, name] of [...'bcdefghij'].entries())
      lines.push(`${name}: &${name} [${Array.from({ length: 10 }, () => `*${'abcdefghi'[at]}`).join(', ')}]`);
    for (const text of [lines.join('\n'), 'a: &a [*a]\n'])
      assert.deepEqual(mistakesOf(text), [
        'x.yaml:1 its anchors, written out, are more than a million values',
      ]);
  });

  it('takes anchors and merge keys, and gives a merged key the line of where it is merged', () => {
    const loaded = loadConfig(
      { file: 'x.yaml', text: 'apps:\n  a: &a\n    url: x\n  b:\n    <<: *a\nurl: u\nport: 1\n' },
      schema,
    );
    assert.ok(loaded.ok);
    assert.equal(loaded.value.apps?.b?.url, 'x');
    assert.equal(loaded.lineOf(['apps', 'b', 'url']), 4);
    assert.equal(loaded.lineOf(['port']), 7);
  });

  it('says where it is no YAML at all, and where a key stands twice', () => {
    assert.match(mistakesOf('url: a\nport: [1\n')[0] ?? '', /^x\.yaml:\d no valid YAML/);
    assert.match(
      mistakesOf('url: a\nurl: b\nport: 1\n')[0] ?? '',
      /^x\.yaml:2 no valid YAML: duplicated mapping key/,
    );
  });

  it('proposes the keys of the kind that is meant, not of the others', () => {
    const shapes = z.strictObject({
      shape: z.discriminatedUnion('kind', [
        z.strictObject({ kind: z.literal('circle'), radius: z.number() }),
        z.strictObject({ kind: z.literal('square'), side: z.number() }),
      ]),
    });
    const text = 'shape: { kind: square, side: 1, radius: 2 }';
    const loaded = loadConfig({ file: 'x.yaml', text }, shapes);
    assert.deepEqual(loaded.ok ? [] : loaded.mistakes.map(({ message }) => message), [
      'unknown key; known here: kind, side',
    ]);
  });

  it('takes an empty file as an empty mapping', () => {
    assert.deepEqual(mistakesOf(''), [
      'x.yaml:1 url: missing, expected a string',
      'x.yaml:1 port: missing, expected a number',
    ]);
  });
});
