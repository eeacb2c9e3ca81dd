// How long ago something was, in words: the server does not know the reader's time zone. Pure.
import type { Language } from './look.ts';
import { textsIn } from './texts.ts';

export function timeAgo(thenMs: number, nowMs: number, language: Language): string {
  const seconds = Math.max(0, Math.round((nowMs - thenMs) / 1000));
  const found = units.find(([, size]) => seconds >= size);
  if (found === undefined) return textsIn(language).sessions.justNow;
  const [unit, length] = found;
  return new Intl.RelativeTimeFormat(language, { numeric: 'auto' }).format(
    -Math.floor(seconds / length),
    unit,
  );
}

const units = [
  ['year', 365 * 86_400],
  ['month', 30 * 86_400],
  ['week', 7 * 86_400],
  ['day', 86_400],
  ['hour', 3600],
  ['minute', 60],
] as const;
