// Whether the one who asks is a person's browser opening a page: only then may the answer be a redirect or a page.
// Nothing is read from User-Agent. Pure.
import type { ForwardedRequest } from '../types.ts';
import { valuesOf } from './headers.ts';

/** Source: contracts/forward-auth.md; Fetch Metadata (`Sec-Fetch-Mode`), RFC 9110 section 12.5.1 (`Accept`). */
export function isNavigation(request: Pick<ForwardedRequest, 'method' | 'isUpgrade' | 'headers'>): boolean {
  if (request.method !== 'GET' && request.method !== 'HEAD') return false;
  if (request.isUpgrade || valuesOf(request.headers, 'x-requested-with').includes('XMLHttpRequest'))
    return false;
  const mode = valuesOf(request.headers, 'sec-fetch-mode');
  return mode.length > 0
    ? mode[0] === 'navigate'
    : prefersHtml(valuesOf(request.headers, 'accept').join(','));
}

/** Four times what any browser sends. */
const maxAcceptLength = 1000;

/** `text/html` in so many words, and nothing before it in preference. */
function prefersHtml(accept: string): boolean {
  const ranges = accept.slice(0, maxAcceptLength).split(',').map(readRange);
  const best = (candidates: typeof ranges) =>
    candidates.reduce((highest, { quality }) => Math.max(highest, quality), 0);
  const html = best(ranges.filter(({ type }) => type === 'text/html'));
  return html > 0 && html >= best(ranges);
}

function readRange(range: string): { type: string; quality: number } {
  const [type = '', ...parameters] = range.split(';').map((part) => part.trim().toLowerCase());
  const quality = parameters.find((parameter) => parameter.startsWith('q='))?.slice(2);
  const value = quality === undefined ? 1 : Number(quality);
  return { type, quality: value >= 0 && value <= 1 ? value : 0 };
}
