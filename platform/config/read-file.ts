// A file that a configuration names, as text or, where it is none, in base64.
import { readFileSync } from 'node:fs';

export function readFile(path: string, encoding: 'utf8' | 'base64' = 'utf8'): string {
  return readFileSync(path, encoding);
}
