import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type GroupName, nameGroups, readGroupName } from '../../../gateway/identity/group-names.ts';

function read(pattern: string, name: string): GroupName {
  const compiled = readGroupName(pattern, name);
  assert.ok(typeof compiled !== 'string', String(compiled));
  return compiled;
}

const nameOf = (pattern: string, name: string, group: string) =>
  nameGroups([group], { patterns: [read(pattern, name)], unmapped: 'drop' }).groups[0];

describe('a group pattern', () => {
  const egi = 'urn:mace:egi.eu:group:{vo}:role={role}';
  const table: readonly (readonly [string, string, string, string | undefined])[] = [
    [egi, '{vo}-{role}', 'urn:mace:egi.eu:group:vo:role=member#aai.egi.eu', 'vo-member'],
    [egi, '{vo}', 'urn:mace:egi.eu:group:vo:role=member', 'vo'],
    [egi, '{vo}', 'urn:mace:egi.eu:group:vo:role=member#other.example', 'vo'],
    [egi, '{vo}', 'URN:MACE:egi.eu:group:vo:role=member', 'vo'],
    [egi, '{vo}', 'urn:mace:EGI.eu:group:vo:role=member', undefined],
    [egi, '{vo}', 'urn:mace:egi.eu:group:vo:sub:role=member', undefined],
    [egi, '{vo}', 'urn:mace:egi.eu:group:vo', undefined],
    [egi, '{vo}', 'urn:mace:egi.eu:group::role=member', undefined],
    [egi, '{vo}', 'urn:mace:egi.eu:group:vo:role=', undefined],
    [egi, '{vo}', 'xurn:mace:egi.eu:group:vo:role=member', undefined],
    [egi, '{vo}', 'urn:mace:egi.eu:group:my%20vo:role=member', 'my vo'],
    [egi, '{vo}', 'urn:mace:egi.eu:group:m%C3%BCnchen:role=member', 'münchen'],
    [egi, '{vo}', 'urn:mace:egi.eu:group:a%3Ab:role=member', 'a:b'],
    [egi, '{vo}', 'urn:mace:egi.eu:group:a%23b:role=member', 'a#b'],
    [egi, '{vo}', 'urn:mace:egi.eu:group:a%:role=member', undefined],
    [egi, '{vo}', 'urn:mace:egi.eu:group:a%FF:role=member', undefined],
    ['urn:geant:lab.org:group:my%20vo', 'vo', 'urn:geant:lab.org:group:my%20vo#x', 'vo'],
    ['urn:geant:lab.org:group:my vo', 'vo', 'urn:geant:lab.org:group:my%20vo', 'vo'],
    ['urn:x:g:{group...}', '{group}', 'urn:x:g:a:b:c#auth', 'a:b:c'],
    ['urn:x:g:{group...}', '{group}', 'urn:x:g:a', 'a'],
    ['urn:x:g:{group...}', '{group}', 'urn:x:g', undefined],
    ['urn:x:g:{group...}', '{group}', 'urn:x:g:a%3Ab:c%25', 'a%3Ab:c%25'],
    ['urn:x:g:{group...}:role=member', '{group}', 'urn:x:g:a:b:role=member#y', 'a:b'],
    ['urn:x:g:{group...}:role=member', '{group}', 'urn:x:g:role=member', undefined],
    ['/lab/{group}', '{group}', '/lab/staff', 'staff'],
    ['/lab/{group}', '{group}', '/lab/staff/sub', 'staff/sub'],
    ['/lab/{group}', '{group}', '/lab/100%25#x', '100%25#x'],
    ['/lab/{group}', '{group}', '/other/staff', undefined],
    ['CN={name},OU=groups,DC=lab', '{name}', 'CN=it,OU=groups,DC=lab', 'it'],
    ['{a}-{b}', '{b}/{a}', 'x-y-z', 'y-z/x'],
    ['{a}-{b}-end', '{b}', 'x-y-z-end', 'y-z'],
    ['{a}', '{a}', '', undefined],
    ['it', 'staff', 'it', 'staff'],
    ['it', 'staff', 'IT', undefined],
  ];
  for (const [pattern, name, group, expected] of table)
    it(`${pattern} -> ${name} makes of ${group}: ${expected}`, () => {
      assert.equal(nameOf(pattern, name, group), expected);
    });

  const wrong: readonly (readonly [string, string, RegExp])[] = [
    ['urn:x:{vo}#aai', '{vo}', /authority after #/],
    ['urn:x:100%', 'x', /does not begin a valid/],
    ['{a}{b}', '{a}', /nothing between them/],
    ['{a}:{a}', '{a}', /twice/],
    ['{a...}:{b...}', '{a}', /more than one/],
    ['x{a...}', '{a}', /stands alone/],
    ['{a', 'x', /brace/],
    ['{1a}', 'x', /brace/],
    ['{a}', '{b}', /no placeholder \{b\}/],
    ['{a}', '{a...}', /without "\.\.\."/],
    ['{a}', 'x}', /name: a brace/],
  ];
  for (const [pattern, name, message] of wrong)
    it(`${pattern} -> ${name} is a mistake`, () => {
      assert.match(String(readGroupName(pattern, name)), message);
    });
});

describe('naming groups', () => {
  const patterns = [read('urn:x:it', 'it'), read('urn:x:{g}', 'x-{g}')];
  const groups = ['urn:x:it#a', 'urn:x:it#b', 'urn:x:p1', 'staff'];

  it('goes by the first pattern that matches, and names each group once', () => {
    assert.deepEqual(nameGroups(groups, { patterns, unmapped: 'drop' }), {
      groups: ['it', 'x-p1'],
      isAnyDropped: true,
    });
  });

  it('keeps the others as they are where the file says so', () => {
    assert.deepEqual(nameGroups(groups, { patterns, unmapped: 'keep' }), {
      groups: ['it', 'x-p1', 'staff'],
      isAnyDropped: false,
    });
  });

  it('takes linear time, whatever a provider sends', () => {
    const hard = ['{a}a{b}a{c}a{d}a{e}x', 'urn:{a...}:a:a:{b}x{c}x{d}y'].map((text) => read(text, '{a}'));
    const sent = ['a'.repeat(200_000), `urn:${'a:'.repeat(100_000)}`, `urn:${'x'.repeat(200_000)}`];
    const startedAt = performance.now();
    nameGroups(sent, { patterns: hard, unmapped: 'drop' });
    assert.ok(performance.now() - startedAt < 1000);
  });
});
