// A path pattern of a rule: whole segments, `*` for one, `/**` at the end for everything below. Pure.
import type { PathPattern } from '../types.ts';

/** @returns a sentence that says what is wrong with the pattern, for the admin. */
export function readPattern(text: string): PathPattern | string {
  if (!text.startsWith('/')) return `"${text}" does not begin with /`;
  const parts = text.slice(1).split('/');
  const isPrefix = parts.at(-1) === '**';
  const segments = isPrefix ? parts.slice(0, -1) : parts.at(-1) === '' ? parts.slice(0, -1) : parts;
  if (segments.includes('')) return `"${text}" has an empty segment`;
  if (segments.includes('**')) return `"${text}": ** stands at the end only`;
  if (segments.some((segment) => segment !== '*' && segment.includes('*')))
    return `"${text}": * stands for a whole segment`;
  if (/[%?#;\\\u0000-\u0020\u007f]/.test(text))
    return `"${text}" is matched against the decoded path: no %, ?, #, ;, \\ or space`;
  if (segments.some((segment) => segment === '.' || segment === '..'))
    return `"${text}" has a dot segment, which no request has`;
  return { text, segments, isPrefix };
}

/** `/admin` fits `/admin` and `/admin/`, never `/administrator`; `/admin/**` fits those and everything below. */
export function fitsPattern(pattern: PathPattern, path: readonly string[]): boolean {
  const segments = path.at(-1) === '' ? path.slice(0, -1) : path;
  if (segments.length < pattern.segments.length) return false;
  if (!pattern.isPrefix && segments.length > pattern.segments.length) return false;
  return pattern.segments.every((part, index) => part === '*' || part === segments[index]);
}

/** Whether every path that fits `narrow` fits `wide` too. */
export function coversPattern(wide: PathPattern, narrow: PathPattern): boolean {
  if (narrow.isPrefix && !wide.isPrefix) return false;
  if (
    wide.isPrefix
      ? narrow.segments.length < wide.segments.length
      : narrow.segments.length !== wide.segments.length
  )
    return false;
  return wide.segments.every((part, index) => part === '*' || part === narrow.segments[index]);
}
