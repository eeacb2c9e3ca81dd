// Which files are in a folder, and what is in each: to see that something has changed none of them.
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export function contentOf(folder: string): Readonly<Record<string, string>> {
  const hashed = readdirSync(folder).map((name) => {
    const hash = createHash('sha256')
      .update(readFileSync(join(folder, name)))
      .digest('hex');
    return [name, hash] as const;
  });
  return Object.fromEntries(hashed);
}
