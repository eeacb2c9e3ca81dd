// Writes what is made from the code: JSON Schemas of both configuration files, and the tables of every key in the
// README. `--check` only says what is not current, and exits with 1.
import { readFileSync, writeFileSync } from 'node:fs';
import { generatedFiles } from './generated.ts';

const root = new URL('../', import.meta.url);
const isCheck = process.argv.includes('--check');
const stale = Object.entries(generatedFiles((path) => readFileSync(new URL(path, root), 'utf8'))).filter(
  ([path, text]) => {
    const current = readIfThere(path);
    if (current === text) return false;
    if (!isCheck) writeFileSync(new URL(path, root), text);
    return true;
  },
);
for (const [path] of stale) console.log(`${isCheck ? 'not current (npm run generate)' : 'written'}: ${path}`);
process.exitCode = isCheck && stale.length > 0 ? 1 : 0;

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(new URL(path, root), 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}
