// The texts that are made from the code, by path. Pure: current files are read through the argument.
import { z } from 'zod';
import { gatewaySchema } from '../gateway/config-schema.ts';
import { transferSchema } from '../transfer-service/config-schema.ts';
import { composeFiles } from './generated-compose.ts';
import { twoGatewaysFiles } from './generated-traefik.ts';

/** @param read a file of the repository, by its path from the root. */
export function generatedFiles(read: (path: string) => string): Readonly<Record<string, string>> {
  const sources = { readFile: () => '', environment: {} };
  const gateway = jsonSchema(gatewaySchema(sources));
  const transfer = jsonSchema(transferSchema(sources));
  return {
    ...composeFiles(read),
    ...twoGatewaysFiles(read),
    'config/gateway.schema.json': render(gateway, "The gateway's file"),
    'config/scicat-globus-proxy-config.schema.json': render(transfer, "The transfer-service's file"),
    'README.md': replaceTables(read('README.md'), {
      'gateway-keys': table(gateway),
      'transfer-keys': table(transfer),
    }),
  };
}

type Node = z.core.JSONSchema.BaseSchema;

function jsonSchema(schema: z.ZodType): Node {
  return z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any', reused: 'inline' });
}

function render(schema: Node, title: string): string {
  return `${JSON.stringify({ ...schema, title }, undefined, 2)}\n`;
}

function replaceTables(text: string, tables: Readonly<Record<string, string>>): string {
  return Object.entries(tables).reduce(
    (current, [name, content]) =>
      current.replace(
        new RegExp(`(<!-- generated: ${name} -->\\n)[\\s\\S]*?(<!-- end -->)`),
        (_all, start: string, end: string) => `${start}${content}${end}`,
      ),
    text,
  );
}

function table(schema: Node): string {
  const rows = keysOf(schema, '', new Set(schema.required));
  return ['| key | default | what it is |', '|---|---|---|', ...rows, ''].join('\n');
}

function keysOf(node: Node, prefix: string, required: ReadonlySet<string>): readonly string[] {
  return Object.entries(node.properties ?? {}).flatMap(([key, value]) => {
    if (!isNode(value)) return [];
    const name = `${prefix}${key}`;
    const inner = innerOf(value);
    const row = `| \`${name}\` | ${required.has(key) && value.default === undefined ? 'required' : defaultOf(value)} | ${describe(value)} |`;
    return [
      row,
      ...inner.flatMap(([suffix, child]) => keysOf(child, `${name}${suffix}.`, new Set(child.required))),
    ];
  });
}

/** The mappings below a key, by what stands between the key and theirs: nothing, `.<name>` of a record, `[]` of a list. */
function innerOf(node: Node): readonly (readonly [string, Node])[] {
  const options = [node, ...[...(node.anyOf ?? []), ...(node.oneOf ?? [])].filter(isNode)];
  return options.flatMap((option): (readonly [string, Node])[] => {
    if (option.properties !== undefined) return [['', option]];
    if (isNode(option.items))
      return innerOf(option.items).map(([suffix, child]) => [`[]${suffix}`, child] as const);
    if (isNode(option.additionalProperties))
      return innerOf(option.additionalProperties).map(
        ([suffix, child]) => [`.<name>${suffix}`, child] as const,
      );
    return [];
  });
}

function defaultOf(node: Node): string {
  if (node.default === undefined || (isNode(node.default) && Object.keys(node.default).length === 0))
    return '';
  return `\`${typeof node.default === 'string' ? node.default : JSON.stringify(node.default)}\``;
}

function describe(node: Node): string {
  const values =
    node.enum === undefined ? '' : ` (${node.enum.map((value) => `\`${String(value)}\``).join(', ')})`;
  return `${(node.description ?? '').replaceAll('|', '\\|')}${values}`;
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
