// A task's trouble as it is stored: JSON text. Pure.
import { z } from 'zod';
import type { TaskTrouble } from '../engine/types.ts';
import { damaged } from './stored-words.ts';

const side = z
  .enum(['source', 'destination'])
  .optional()
  .transform((known) => known);

const stored = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('error'),
    code: z.string(),
    description: z.string(),
    side,
    paths: z.array(z.string()),
  }),
  z.object({ kind: z.literal('pause'), message: z.string(), side }),
]);

export function readTrouble(text: string | null): TaskTrouble | undefined {
  if (text === null) return undefined;
  const read = stored.safeParse(JSON.parse(text));
  if (!read.success) throw damaged('a trouble');
  const { side: where, ...trouble } = read.data;
  return { ...trouble, side: where };
}

export function renderTrouble(trouble: TaskTrouble | undefined): string | null {
  return trouble === undefined ? null : JSON.stringify(trouble);
}
