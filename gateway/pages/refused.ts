// What a person sees who is known, or asks for what nobody serves, and does not get in. Pure.
import type { Forbid } from '../types.ts';
import { html } from './html.ts';
import { icons } from './icons.ts';
import { sign } from './interruptions.ts';
import { cardPage, facts, type Page } from './layout.ts';
import type { Look } from './look.ts';
import { textsIn } from './texts.ts';

export type Refused = {
  readonly username: string | undefined;
  /** The app, where there is one. */
  readonly title: string | undefined;
  /** The address that was asked for, without its query. */
  readonly asked: string;
  /** Which the README explains. */
  readonly reason: Forbid['reason'];
  /** By which the admin finds the refusal. */
  readonly code: string | undefined;
  readonly requestId: string;
  /** Signs in as somebody else and comes back; `undefined` where nobody is signed in. */
  readonly changeHref: string | undefined;
};

export function refusedPage(refused: Refused, look: Look): Page {
  const { frame, refused: texts } = textsIn(look.language);
  const { contact } = look.site;
  const whom =
    contact === undefined
      ? html`${texts.ask}`
      : html`${texts.askWhom} <a href="${contact.href}">${contact.text}</a>.`;
  const change =
    refused.changeHref !== undefined &&
    html`<a class="button" href="${refused.changeHref}">${texts.change}</a>`;
  const content = html`${sign('alarm', icons.lock)}<h1>${texts.title}</h1>
<p>${texts.reasons[refused.reason]}</p><p class="soft">${whom}</p>
<div class="stack">${change}<a class="button quiet" href="${look.publicUrl}/">${frame.toPortal}</a></div>
${facts([
  [texts.service, refused.title],
  [texts.asked, refused.asked],
  [texts.person, refused.username],
  [frame.code, refused.code],
  [frame.reason, refused.reason],
  [frame.request, refused.requestId],
])}`;
  return cardPage({ title: texts.title, content }, look);
}
