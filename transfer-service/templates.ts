// The part of Go's text/template that SciCat Globus Proxy files use: `{{ .Var }}`, `{{ replace .Var "a" "b" }}`,
// nested in parentheses, with the trim markers `{{-` and `-}}`. Anything else is a mistake when the file is read,
// never a surprise when a dataset moves. Pure.
import type { Template, TemplatePart } from './types.ts';

export type ParsedTemplate<Variable extends string> =
  | { readonly kind: 'parsed'; readonly template: Template<Variable> }
  | { readonly kind: 'invalid'; readonly problem: string };

/**
 * @param variables what may stand after the dot.
 * @see https://pkg.go.dev/text/template
 */
export function parseTemplate<Variable extends string>(
  source: string,
  variables: readonly Variable[],
): ParsedTemplate<Variable> {
  const template: TemplatePart<Variable>[] = [];
  let position = 0;
  let trimsAfter = false;
  for (;;) {
    const open = source.indexOf('{{', position);
    const trimsBefore = open >= 0 && /^-[ \t\r\n]/.test(source.slice(open + 2, open + 4));
    const text = trim(source.slice(position, open < 0 ? undefined : open), {
      start: trimsAfter,
      end: trimsBefore,
    });
    if (text !== '') template.push({ kind: 'text', text });
    if (open < 0) return { kind: 'parsed', template };
    const action = tokenize(source, open + (trimsBefore ? 3 : 2));
    if (typeof action === 'string') return { kind: 'invalid', problem: action };
    const expression = parseExpression(action.tokens, variables);
    if (typeof expression === 'string') return { kind: 'invalid', problem: expression };
    template.push(expression);
    position = action.end;
    trimsAfter = action.trimsAfter;
  }
}

export function renderTemplate<Variable extends string>(
  template: Template<Variable>,
  values: Readonly<Record<Variable, string>>,
): string {
  return template.map((part) => (part.kind === 'text' ? part.text : renderVariable(part, values))).join('');
}

export function variablesOf<Variable extends string>(template: Template<Variable>): readonly Variable[] {
  return template.flatMap((part) => (part.kind === 'variable' ? [part.variable] : []));
}

type VariablePart<Variable extends string> = Extract<TemplatePart<Variable>, { kind: 'variable' }>;

function renderVariable<Variable extends string>(
  { variable, replacements }: VariablePart<Variable>,
  values: Readonly<Record<Variable, string>>,
): string {
  return replacements.reduce(
    // A function, since `$&` in a replacement string has a meaning of its own.
    (value, { search, replacement }) => value.replaceAll(search, () => replacement),
    values[variable],
  );
}

function trim(text: string, where: { start: boolean; end: boolean }): string {
  const trimmed = where.start ? text.replace(/^[ \t\r\n]+/, '') : text;
  return where.end ? trimmed.replace(/[ \t\r\n]+$/, '') : trimmed;
}

type Token = { readonly kind: 'field' | 'word' | 'string' | 'sign'; readonly text: string };
type Action = { readonly tokens: readonly Token[]; readonly end: number; readonly trimsAfter: boolean };

const tokenPattern =
  /(?<end>[ \t\r\n]+-\}\}|[ \t\r\n]*\}\})|(?<space>[ \t\r\n]+)|(?<field>\.[\p{L}_][\p{L}\p{N}_]*)|(?<word>[\p{L}_][\p{L}\p{N}_]*)|"(?<quoted>(?:[^"\\\n]|\\["\\])*)"|`(?<raw>[^`]*)`|(?<sign>[()])/uy;

/** The tokens from `start` to the closing braces, or what is wrong. */
function tokenize(source: string, start: number): Action | string {
  const tokens: Token[] = [];
  let position = start;
  for (;;) {
    tokenPattern.lastIndex = position;
    const match = tokenPattern.exec(source);
    if (match === null) return complaintAt(source, { start, position });
    position = tokenPattern.lastIndex;
    const { end, space, field, word, quoted, raw, sign } = match.groups ?? {};
    if (end !== undefined) return { tokens, end: position, trimsAfter: end.endsWith('-}}') };
    if (space !== undefined) continue;
    if (field !== undefined) tokens.push({ kind: 'field', text: field.slice(1) });
    else if (word !== undefined) tokens.push({ kind: 'word', text: word });
    else if (sign !== undefined) tokens.push({ kind: 'sign', text: sign });
    else tokens.push({ kind: 'string', text: raw ?? (quoted ?? '').replace(/\\(["\\])/g, '$1') });
  }
}

function complaintAt(source: string, { start, position }: { start: number; position: number }): string {
  if (!source.includes('}}', start)) return 'a {{ is never closed with }}';
  return `cannot read "${source.slice(position, position + 12)}" in {{ }}; ${understood}`;
}

const understood = 'understood are {{ .Variable }} and {{ replace .Variable "old" "new" }}';

function parseExpression<Variable extends string>(
  tokens: readonly Token[],
  variables: readonly Variable[],
): VariablePart<Variable> | string {
  const parsed = tokens[0]?.kind === 'word' ? parseCall(tokens, variables) : parseOperand(tokens, variables);
  if (typeof parsed === 'string') return parsed;
  const [extra] = parsed.rest;
  return extra === undefined ? parsed.part : `"${extra.text}" is too much in {{ }}; ${understood}`;
}

type Parsed<Variable extends string> = {
  readonly part: VariablePart<Variable>;
  readonly rest: readonly Token[];
};

function parseOperand<Variable extends string>(
  tokens: readonly Token[],
  variables: readonly Variable[],
): Parsed<Variable> | string {
  const [first, ...rest] = tokens;
  if (first?.kind === 'field') {
    const variable = variables.find((name) => name === first.text);
    if (variable === undefined) return `unknown variable .${first.text}; known here: ${variables.join(', ')}`;
    return { part: { kind: 'variable', variable, replacements: [] }, rest };
  }
  if (first?.kind !== 'sign' || first.text !== '(') return `expected a variable in {{ }}; ${understood}`;
  const inner = parseCall(rest, variables);
  if (typeof inner === 'string') return inner;
  const [close, ...after] = inner.rest;
  if (close?.kind !== 'sign' || close.text !== ')') return 'a ( in {{ }} is never closed';
  return { part: inner.part, rest: after };
}

function parseCall<Variable extends string>(
  [name, ...operands]: readonly Token[],
  variables: readonly Variable[],
): Parsed<Variable> | string {
  if (name?.kind !== 'word' || name.text !== 'replace') {
    return `unknown function "${name?.text ?? ''}"; ${understood}`;
  }
  const operand = parseOperand(operands, variables);
  if (typeof operand === 'string') return operand;
  const [search, replacement, ...rest] = operand.rest;
  if (search?.kind !== 'string' || replacement?.kind !== 'string') {
    return `replace takes two strings after the variable; ${understood}`;
  }
  if (search.text === '') return 'replace has nothing to search for';
  const replacements = [...operand.part.replacements, { search: search.text, replacement: replacement.text }];
  return { part: { ...operand.part, replacements }, rest };
}
