// The frame of every page a person sees: server-rendered, no script, nothing from elsewhere. Pure.
import { raw } from 'hono/html';
import { type Html, html } from './html.ts';
import { icons } from './icons.ts';
import type { Branding, Language, Look } from './look.ts';
import { style } from './style.ts';
import { textsIn } from './texts.ts';

export type Page = { readonly html: Html; readonly language: Language };

type Content = {
  readonly title: string;
  readonly content: Html;
  /** Meta elements besides. */
  readonly head?: Html;
};

/** One card in the middle: a question, or the end of a way. */
export function cardPage({ title, content, head }: Content, look: Look): Page {
  const body = html`<body class="narrow"><main><div class="brand">${brandOf(look.site)}</div><div class="card">${content}</div></main>${footerOf(look)}</body>`;
  return documentOf({ title, body, head }, look);
}

/** The whole width: a list with a bar above it. @param person what stands at the end of the bar. */
export function widePage({ title, content, person }: Content & { readonly person: Html }, look: Look): Page {
  const body = html`<body class="wide"><header class="top"><a class="brand" href="${look.publicUrl}/">${brandOf(look.site)}</a>${person}</header><main>${content}</main>${footerOf(look)}</body>`;
  return documentOf({ title, body, head: undefined }, look);
}

/** Names and values below a page, those that are known. */
export function facts(rows: readonly (readonly [name: string, value: string | undefined])[]): Html {
  const known = rows.flatMap(([name, value]) =>
    value === undefined ? [] : [html`<dt>${name}</dt><dd>${value}</dd>`],
  );
  return html`<dl>${known}</dl>`;
}

function documentOf(
  { title, body, head }: { title: string; body: Html; head: Html | undefined },
  { language, site }: Look,
): Page {
  const page = html`<!doctype html>
<html lang="${language}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><meta name="robots" content="noindex"><title>${title} · ${site.name}</title><link rel="icon" href="${favicon}"><style>${raw(style)}</style>${head}</head>
${body}</html>
`;
  return { html: page, language };
}

/** The name is there in text too: the logo alone says nothing to a screen reader, and may be one without words. */
function brandOf({ name, logo }: Branding): Html {
  const picture = logo === undefined ? html`<b>${icons.gate}</b>` : html`<img src="${logo}" alt="">`;
  return html`${picture}<span>${name}</span>`;
}

function footerOf({ site, language }: Look): Html {
  const { contact } = textsIn(language).frame;
  if (site.contact === undefined) return html`<footer></footer>`;
  return html`<footer><span>${contact}: <a href="${site.contact.href}">${site.contact.text}</a></span></footer>`;
}

const favicon = `data:image/svg+xml,${encodeURIComponent(
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32" fill="none" stroke="#2f7bf0" stroke-width="3.5" stroke-linecap="round"><path d="M6 27V14a10 10 0 0 1 20 0v13M2 20h9M21 20h9"/></svg>',
)}`;
