// A page -> the answer that carries it, with the headers that keep everything else out of it. The only way a page
// leaves the gateway. Pure.
import { createHash } from 'node:crypto';
import type { Answer } from '../types.ts';
import type { Page } from './layout.ts';
import { style } from './style.ts';

/** @param extra headers besides, name and value in turn: cookies, `Retry-After`. */
export function answerPage(status: number, page: Page, extra: readonly string[] = []): Answer {
  return {
    status,
    headers: [...pageHeaders, 'Content-Language', page.language, ...extra],
    body: page.html.toString(),
  };
}

/**
 * No script at all, one style known by its hash, pictures out of the page itself. `form-action` also holds for where an
 * answer to a form leads (Chromium): such an answer is the page `onwardPage`, never a redirect to another host.
 */
const policy = [
  "default-src 'none'",
  `style-src 'sha256-${createHash('sha256').update(style).digest('base64')}'`,
  'img-src data:',
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
].join('; ');

const pageHeaders: readonly string[] = [
  ...['Cache-Control', 'no-store'],
  ...['Content-Type', 'text/html; charset=utf-8'],
  ...['Content-Security-Policy', policy],
  ...['X-Content-Type-Options', 'nosniff'],
  ...['X-Frame-Options', 'DENY'],
  // Not `no-referrer`: a form's `Origin` would be `null` then, and it is checked.
  ...['Referrer-Policy', 'same-origin'],
  ...['Cross-Origin-Opener-Policy', 'same-origin'],
  ...['Cross-Origin-Resource-Policy', 'same-origin'],
  ...['Permissions-Policy', 'camera=(), geolocation=(), microphone=(), payment=(), usb=()'],
  ...['Vary', 'Accept-Language'],
];
