// What a path may look like before anybody resolves it: no way up, no home folder, nothing unprintable. Pure.

/** What is wrong with a path or a part of one. */
export type PathProblem =
  | 'empty'
  | 'empty_part'
  | 'dot_part'
  | 'control_character'
  | 'not_unicode'
  | 'leading_tilde'
  | 'absolute'
  | 'not_absolute'
  | 'slash'
  | 'too_long';

/** What is wrong with an absolute path, one final slash aside; `/` itself is fine. For the config's paths. */
export function problemOfAbsolutePath(path: string): PathProblem | undefined {
  return path === '/' ? undefined : problemOf(withoutFinalSlash(path), 'absolute');
}

/** Whether a path is the bound or lies below it; both absolute and without dot or empty parts. */
export function liesWithin({ path, bound }: { path: string; bound: string }): boolean {
  return bound === '/' || path === bound || path.startsWith(`${bound}/`);
}

/** @param form whether it has to start with a slash, or must not. */
export function problemOf(path: string, form: 'absolute' | 'relative'): PathProblem | undefined {
  if (path === '') return 'empty';
  if (form === 'relative' && path.startsWith('/')) return 'absolute';
  if (form === 'relative' && path.startsWith('~')) return 'leading_tilde';
  if (form === 'absolute' && !path.startsWith('/')) return 'not_absolute';
  return problemOfText(path, form === 'absolute' ? path.slice(1) : path);
}

const maxPathBytes = 4096;

/** @param parts the path without a first slash that is to be there. */
export function problemOfText(path: string, parts: string): PathProblem | undefined {
  if (Buffer.byteLength(path) > maxPathBytes) return 'too_long';
  if (!path.isWellFormed()) return 'not_unicode';
  if (/\p{Cc}/u.test(path)) return 'control_character';
  // A collection on Windows drops spaces around a part, and may take a backslash for a slash.
  if (/(?:^|\/)\s*(?:$|\/)/.test(parts)) return 'empty_part';
  if (/(?:^|[/\\])\s*\.{1,2}\s*(?:$|[/\\])/.test(parts)) return 'dot_part';
  return undefined;
}

export function withoutFinalSlash(path: string): string {
  return path.length > 1 && path.endsWith('/') ? path.slice(0, -1) : path;
}

/**
 * Doubled slashes, `.` parts and a final slash taken out, as Go's path.Clean does; `..` stays, and is refused by whoever
 * judges the path.
 */
export function withoutEmptyParts(path: string): string {
  const parts = path.split('/').filter((part) => part !== '' && part !== '.');
  return `${path.startsWith('/') ? '/' : ''}${parts.join('/')}`;
}
