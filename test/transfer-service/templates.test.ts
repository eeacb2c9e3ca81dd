import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parseTemplate, renderTemplate, variablesOf } from '../../transfer-service/templates.ts';

const values = { Pid: '20.500/a.b', Name: 'LAB' };
const variables = ['Pid', 'Name'] as const;

function render(source: string): string {
  const parsed = parseTemplate(source, variables);
  assert.equal(parsed.kind, 'parsed', parsed.kind === 'invalid' ? parsed.problem : '');
  return renderTemplate(parsed.template, values);
}

function problemIn(source: string): string {
  const parsed = parseTemplate(source, variables);
  assert.equal(parsed.kind, 'invalid');
  return parsed.problem;
}

test('fills in what Go fills in', async (t) => {
  const cases: readonly (readonly [source: string, expected: string])[] = [
    ['', ''],
    ['/plain }} text {', '/plain }} text {'],
    ['{{.Name}}', 'LAB'],
    ['{{ .Name }}-x', 'LAB-x'],
    ['{{\t.Name\n}}', 'LAB'],
    ['/{{ .Name }}/{{.Pid}}', '/LAB/20.500/a.b'],
    ['{{ replace .Pid "." "-" }}', '20-500/a-b'],
    ['{{ replace .Pid `.` "" }}', '20500/ab'],
    ['{{ replace (replace .Pid "." "-") "/" "_" }}', '20-500_a-b'],
    ['{{ (replace .Pid "/" "}}") }}', '20.500}}a.b'],
    ['{{ replace .Pid "/" "\\"" }}', '20.500"a.b'],
    ['{{ replace .Pid "." "$&" }}', '20$&500/a$&b'],
    ['a \n{{- .Name }} b', 'aLAB b'],
    ['a {{ .Name -}} \t b', 'a LABb'],
    ['a {{- .Name -}} b', 'aLABb'],
    ['{{ .Name -}} {{- .Name }}', 'LABLAB'],
  ];
  for (const [source, expected] of cases) {
    await t.test(source === '' ? 'nothing' : source, () => assert.equal(render(source), expected));
  }
});

test('says what it cannot read', async (t) => {
  const cases: readonly (readonly [source: string, problem: RegExp])[] = [
    ['{{ .Name', /never closed/],
    ['{{ }}', /expected a variable/],
    ['{{ .Nmae }}', /unknown variable \.Nmae; known here: Pid, Name/],
    ['{{ .Name.First }}', /"First" is too much/],
    ['{{ upper .Name }}', /unknown function "upper"/],
    ['{{ replace .Name }}', /two strings/],
    ['{{ replace .Name "a" .Pid }}', /two strings/],
    ['{{ replace .Name "" "x" }}', /nothing to search for/],
    ['{{ replace "x" "a" "b" }}', /expected a variable/],
    ['{{ replace (replace .Pid "." "-" "/" "_" }}', /never closed/],
    ['{{ .Name | printf "%s" }}', /cannot read "\| printf/],
    ['{{ if .Name }}x{{ end }}', /unknown function "if"/],
    ['{{/* a comment */}}', /cannot read/],
    ['{{-.Name}}', /cannot read "-\.Name/],
    ['{{.Name-}}', /cannot read "-}}/],
    ['{{ replace .Name "a\\n" "b" }}', /cannot read/],
    ['{{ .Name .Pid }}', /"Pid" is too much/],
  ];
  for (const [source, problem] of cases) {
    await t.test(source, () => assert.match(problemIn(source), problem));
  }
});

test('names the variables that a template needs', () => {
  const parsed = parseTemplate('/a/{{ .Pid }}/{{ replace .Name "a" "b" }}', variables);
  assert.equal(parsed.kind, 'parsed');
  assert.deepEqual(variablesOf(parsed.template), ['Pid', 'Name']);
});

test('text without braces is itself, and no text throws', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), (text) => {
      const parsed = parseTemplate(text, variables);
      if (!text.includes('{{')) {
        assert.equal(parsed.kind, 'parsed');
        assert.equal(renderTemplate(parsed.template, values), text);
      }
    }),
  );
});

test('a value that looks like a template is not filled in again', () => {
  const parsed = parseTemplate('{{ .Name }}', ['Name']);
  assert.equal(parsed.kind, 'parsed');
  assert.equal(renderTemplate(parsed.template, { Name: '{{ .Name }}' }), '{{ .Name }}');
});
