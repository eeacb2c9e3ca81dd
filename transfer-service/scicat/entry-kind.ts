// Tells what an entry of SciCat's file list is. Pure. scicat-cli writes Go's `FileMode.String()` into `perm`
// (https://pkg.go.dev/io/fs#FileMode.String): `-rw-r--r--`, `drwxr-xr-x`, `Lrwxrwxrwx`; other tools write what `ls` shows.
import type { EntryKind } from '../types.ts';

/**
 * @param entry `perm` may be missing, or be a number in a string: then the kind is unknown.
 * @returns `folder` for a path with a final slash, whatever `perm` says.
 */
export function entryKindOf({ path, perm }: { readonly path: string; readonly perm: unknown }): EntryKind {
  if (path.endsWith('/')) return 'folder';
  // Letters for the kind and special bits come before three times `rwx`; `ls` may add `+`, `.` or `@`.
  const letters =
    typeof perm === 'string'
      ? /^([A-Za-z-]+?)[r-][w-][xsStT-](?:[rwxsStT-]{6})[+.@]?$/.exec(perm)?.[1]
      : undefined;
  if (letters === undefined) return 'unknown';
  if (letters.startsWith('d')) return 'folder';
  return letters.includes('L') || letters.startsWith('l') ? 'symlink' : 'file';
}
