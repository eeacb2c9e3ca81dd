// The pictures of the pages: drawn here, so that nobody is asked for them. Pure.
import { type Html, html } from './html.ts';

const line = (paths: Html): Html =>
  html`<svg viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="1.9" stroke-linecap="round" stroke-linejoin="round" aria-hidden="true">${paths}</svg>`;

export const icons = {
  gate: html`<svg viewBox="0 0 32 32" fill="none" stroke="currentColor" stroke-width="3" stroke-linecap="round" aria-hidden="true"><path d="M6 27V14a10 10 0 0 1 20 0v13"/><path d="M2 20h9M21 20h9" opacity=".55"/><circle cx="16" cy="20" r="1.6" fill="currentColor"/></svg>`,
  onward: line(html`<path d="M5 12h14M13 6l6 6-6 6"/>`),
  check: line(html`<path d="M5 12.5l4.5 4.5L19 7.5"/>`),
  lock: line(html`<rect x="5" y="11" width="14" height="9" rx="2.5"/><path d="M8 11V8a4 4 0 0 1 8 0v3"/>`),
  person: line(
    html`<circle cx="12" cy="8.2" r="3.7"/><path d="M4.8 19.6c1-3.6 3.8-5.4 7.2-5.4s6.2 1.8 7.2 5.4"/>`,
  ),
  key: line(html`<circle cx="8" cy="15.5" r="4"/><path d="M11 12.5 19.5 4M16 7.5l2.5 2.5M13.5 10l1.7 1.7"/>`),
  clock: line(html`<circle cx="12" cy="12" r="8.2"/><path d="M12 7.5V12l3 2"/>`),
  cloud: line(
    html`<path d="M7 18.5a4.3 4.3 0 0 1-.4-8.6 5.6 5.6 0 0 1 10.9 1.1A3.8 3.8 0 0 1 17 18.5z"/><path d="M9.5 13.5h5" />`,
  ),
  loop: line(
    html`<path d="M4 11a8 8 0 0 1 14-4.5L20 9M20 4.5V9h-4.5M20 13a8 8 0 0 1-14 4.5L4 15M4 19.5V15h4.5"/>`,
  ),
  alarm: line(
    html`<path d="M12 4.2 3.5 19h17zM12 10v4"/><circle cx="12" cy="16.5" r=".4" fill="currentColor"/>`,
  ),
  screen: line(html`<rect x="3.5" y="5" width="17" height="11.5" rx="2"/><path d="M9 20h6M12 16.5V20"/>`),
  phone: line(html`<rect x="7" y="3" width="10" height="18" rx="2.5"/><path d="M11 17.7h2"/>`),
} as const;
