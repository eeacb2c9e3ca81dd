// Values that many keys of the gateway's file have in common, with their limits.
import { z } from 'zod';

export const name = z
  .string()
  .regex(/^[a-z0-9][a-z0-9._-]{0,62}$/, 'a name of small letters, digits, ".", "_" and "-"');
export const names = z.array(z.string().min(1)).min(1);
export const webAddress = z.url({ protocol: /^https?$/ });
export const milliseconds = z.int().min(1).max(600_000);
export const count = z.int().min(1).max(1_000_000);

/** What the key is for: JSON Schema and README say it in these words. */
export const describe = <Schema extends z.ZodType>(schema: Schema, description: string): Schema =>
  schema.meta({ description });
