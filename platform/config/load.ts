// A configuration file's text -> the value that a zod schema describes, or every mistake in it at once, each with
// its line and key. Reads no files: text and sources of secrets are arguments.
import { CORE_SCHEMA, constructFromEvents, mergeTag, parseEvents, YAMLException } from 'js-yaml';
import { z } from 'zod';
import { type LineOf, locate, type Path } from './lines.ts';
import { type Complaint, complaintsOf, type Mistake, placeComplaints, renderMistake } from './mistakes.ts';

export type Loaded<Value> =
  | { readonly ok: true; readonly value: Value; readonly lineOf: LineOf }
  | { readonly ok: false; readonly mistakes: readonly Mistake[] };

/** Thrown at the start by what cannot go on: main.ts prints it and exits with 2. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly mistakes: readonly Mistake[];

  constructor(mistakes: readonly Mistake[]) {
    super(mistakes.map(renderMistake).join('\n'));
    this.mistakes = mistakes;
  }
}

/**
 * @param source.file the name that mistakes carry.
 * @param schema the whole file's; unknown keys are its own matter (`strictObject`).
 * @param examine what no schema can say: relations between keys. Runs only on a value of the right shape.
 */
export function loadConfig<Schema extends z.ZodType>(
  source: { readonly file: string; readonly text: string },
  schema: Schema,
  examine: (value: z.output<Schema>) => readonly Complaint[] = () => [],
): Loaded<z.output<Schema>> {
  const yaml = parseYaml(source);
  if (!yaml.ok) return yaml;
  const parsed = schema.safeParse(yaml.value);
  const complaints = [
    ...complaintsAboutPrototypes(yaml.value, []),
    ...(parsed.success
      ? examine(parsed.data)
      : complaintsOf(parsed.error.issues, yaml.value, (path) => knownKeysAt(schema, yaml.value, path))),
  ];
  if (!parsed.success || complaints.length > 0) {
    return { ok: false, mistakes: placeComplaints(source.file, yaml.lineOf, complaints) };
  }
  return { ok: true, value: parsed.data, lineOf: yaml.lineOf };
}

function parseYaml({ file, text }: { file: string; text: string }): Loaded<unknown> {
  try {
    const events = parseEvents(text, { filename: file });
    const documents = constructFromEvents(events, {
      source: text,
      schema: yamlSchema,
      filename: file,
      maxAliases: 1000,
    });
    if (documents.length > 1) return refuse(file, 1, 'more than one YAML document in the file');
    if (countValues(documents[0]) > maxValues)
      return refuse(file, 1, 'its anchors, written out, are more than a million values');
    return { ok: true, value: documents[0] ?? {}, lineOf: locate(text, events) };
  } catch (error) {
    if (!(error instanceof YAMLException)) throw error;
    return refuse(file, (error.mark?.line ?? 0) + 1, `no valid YAML: ${error.reason}`);
  }
}

/** A few anchors of anchors are more values than there is time to look at: nobody's file takes the process with it. */
const maxValues = 1_000_000;

/** With its anchors written out; one that leads back into itself has no end. */
function countValues(value: unknown, known: Map<object, number> = new Map()): number {
  if (typeof value !== 'object' || value === null) return 1;
  const before = known.get(value);
  if (before !== undefined) return before;
  known.set(value, Number.POSITIVE_INFINITY);
  const count = Object.values(value).reduce<number>((sum, inner) => sum + countValues(inner, known), 1);
  known.set(value, count);
  return count;
}

// Merge keys (`<<: *defaults`) are off in js-yaml 5 unless asked for; files in use have them.
const yamlSchema = CORE_SCHEMA.withTags(mergeTag);

function refuse(file: string, line: number, message: string): { ok: false; mistakes: readonly Mistake[] } {
  return { ok: false, mistakes: [{ file, line, path: [], message }] };
}

/** A record of zod's leaves this key out without a word, and what an admin wrote there would never count. */
function complaintsAboutPrototypes(value: unknown, path: Path): readonly Complaint[] {
  // An anchor can lead back into itself, and nothing that is meant is as deep.
  if (typeof value !== 'object' || value === null || path.length > 20) return [];
  return Object.entries(value).flatMap(([key, inner]) => {
    const at = [...path, Array.isArray(value) ? Number(key) : key];
    return key === '__proto__'
      ? [{ path: at, message: 'no key may be called so' }]
      : complaintsAboutPrototypes(inner, at);
  });
}

/** The keys that the schema has at a path, read from its JSON Schema: zod has no public way to walk itself. */
function knownKeysAt(schema: z.ZodType, root: unknown, path: Path): readonly string[] {
  let nodes = [
    ...alternatives(z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any', reused: 'inline' }), root),
  ];
  let value = root;
  for (const part of path) {
    const inner: unknown = typeof value === 'object' && value !== null ? Reflect.get(value, part) : undefined;
    nodes = nodes.flatMap((node) => step(node, part)).flatMap((node) => alternatives(node, inner));
    value = inner;
  }
  return [...new Set(nodes.flatMap((node) => Object.keys(node.properties ?? {})))];
}

type JsonSchema = z.core.JSONSchema.BaseSchema;

/** Without those of another kind than the value says that it is. */
function alternatives(node: JsonSchema, value: unknown): readonly JsonSchema[] {
  const inner = [...(node.anyOf ?? []), ...(node.oneOf ?? []), ...(node.allOf ?? [])].flatMap(asSchemas);
  return isOfKind(node, value) ? [node, ...inner.flatMap((child) => alternatives(child, value))] : [];
}

function isOfKind(node: JsonSchema, value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return true;
  return Object.entries(node.properties ?? {}).every(([key, property]) =>
    asSchemas(property).every(({ const: kind }) => kind === undefined || kind === Reflect.get(value, key)),
  );
}

function step(node: JsonSchema, part: string | number): readonly JsonSchema[] {
  if (typeof part === 'number') return asSchemas(node.items);
  return [...asSchemas(node.properties?.[part]), ...asSchemas(node.additionalProperties)];
}

function asSchemas(value: unknown): readonly JsonSchema[] {
  return isSchema(value) ? [value] : [];
}

function isSchema(value: unknown): value is JsonSchema {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
