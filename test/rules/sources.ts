// Every source file of the project as text, and what each imports: TypeScript 7 has no API that could tell.
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));

export type Source = {
  /** From the project's root, with `/`. */
  readonly path: string;
  readonly text: string;
  /** From the project's root where they are its own files, else a package's name with `node:` where it is Node's. */
  readonly imports: readonly string[];
};

/** @param folders from the project's root; those that are not there have no sources. */
export function readSources(...folders: readonly string[]): readonly Source[] {
  return folders.flatMap((folder) => listFiles(folder).map(readSource));
}

function listFiles(folder: string): readonly string[] {
  const entries = readdirSync(join(root, folder), { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length))
    .sort();
}

function readSource(path: string): Source {
  const text = readFileSync(join(root, path), 'utf8');
  return { path, text, imports: importsOf(text).map((specifier) => resolve(path, specifier)) };
}

/** Static and dynamic imports, re-exports, and imports for a side effect. */
function importsOf(text: string): readonly string[] {
  const code = text.replace(/^\s*\/\/.*$/gm, '').replace(/\/\*.*?\*\//gs, '');
  const found = code.matchAll(
    /(?:^|\n)\s*(?:import|export)\b[^;'"]*?\bfrom\s*['"]([^'"]+)['"]|(?:^|\n)\s*import\s*['"]([^'"]+)['"]|\bimport\(\s*['"]([^'"]+)['"]/g,
  );
  return [...found].flatMap(([, from, bare, dynamic]) => from ?? bare ?? dynamic ?? []);
}

function resolve(path: string, specifier: string): string {
  if (specifier.startsWith('.')) return normalize(join(dirname(path), specifier));
  return specifier.startsWith('@') ? specifier.split('/').slice(0, 2).join('/') : specifier;
}
