// The API's description, read: what it says of an operation's answers, and whether an answer is as it says.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { load } from 'js-yaml';
import { z } from 'zod';

export type DescribedReply = { readonly status: number; readonly headers: Headers; readonly text: string };

export const schemaNode = z.record(z.string(), z.unknown());
const content = z.record(z.string(), z.object({ schema: schemaNode }));
const answer = z.object({
  $ref: z.string().optional(),
  content: content.optional(),
  headers: schemaNode.optional(),
});
const operation = z.object({
  parameters: z.array(z.object({ name: z.string(), in: z.string() })).default([]),
  responses: z.record(z.string(), answer),
});
const methods = { get: operation.optional(), post: operation.optional(), delete: operation.optional() };
export const document = z
  .object({
    paths: z.record(z.string(), z.object(methods)),
    components: z.object({
      responses: z.record(z.string(), answer),
      schemas: z.record(z.string(), schemaNode),
    }),
  })
  .parse(load(readFileSync(new URL('../../transfer-service/openapi.yaml', import.meta.url), 'utf8')));

export const operations = new Map<string, z.output<typeof operation>>(
  Object.entries(document.paths).flatMap(([path, of]) =>
    Object.entries({ GET: of.get, POST: of.post, DELETE: of.delete }).flatMap(([method, described]) =>
      described === undefined ? [] : [[`${method} ${path}`, described] as const],
    ),
  ),
);

function describedAnswer(name: string, status: number) {
  const described = operations.get(name)?.responses[String(status)];
  assert.ok(described !== undefined, `${name} does not describe ${status}`);
  const shared = described.$ref?.split('/').at(-1);
  return shared === undefined ? described : document.components.responses[shared];
}

/** The description's schema as zod checks it. */
export function validatorOf(schema: unknown): z.ZodType {
  const local = JSON.stringify({ ...schemaNode.parse(schema), $defs: document.components.schemas });
  return z.fromJSONSchema(JSON.parse(local.replaceAll('#/components/schemas/', '#/$defs/')));
}

export function assertAsDescribed(name: string, reply: DescribedReply): void {
  const described = describedAnswer(name, reply.status);
  const type = reply.headers.get('content-type')?.split(';')[0] ?? '';
  const body = described?.content?.[type];
  assert.ok(body !== undefined, `${name} ${reply.status} is ${type}, which is not described`);
  const value: unknown = type === 'application/json' ? JSON.parse(reply.text) : reply.text;
  const checked = validatorOf(body.schema).safeParse(value);
  assert.ok(checked.success, `${name} ${reply.status}: ${checked.error?.message}\n${reply.text}`);
  for (const header of Object.keys(described?.headers ?? {})) assert.ok(reply.headers.has(header), header);
}

/** `GET /transfer/job-0?x=y` -> `GET /transfer/{scicatJobId}`; undefined: no operation of the API. */
export function operationOf(method: string, path: string): string | undefined {
  const pathname = path.split('?')[0] ?? '';
  const name = `${method} ${pathname.replace(/^\/transfer\/[^/]+(\/retry)?$/, '/transfer/{scicatJobId}$1')}`;
  return operations.has(name) ? name : undefined;
}
