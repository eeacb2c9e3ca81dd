// The list of sessions: one's own, or everybody's for admins, each with the button that ends it. Pure.
import { isHandheld } from './device.ts';
import { type Html, html } from './html.ts';
import { icons } from './icons.ts';
import { type Page, widePage } from './layout.ts';
import type { Look } from './look.ts';
import { type Person, personBar } from './portal.ts';
import { type Texts, textsIn } from './texts.ts';
import { timeAgo } from './time-ago.ts';

export type SessionRow = {
  /** What a form posts back as `session`. */
  readonly key: string;
  readonly username: string;
  readonly providerTitle: string;
  /** In words, as `describeDevice` has them; may be empty. */
  readonly device: string;
  readonly address: string | undefined;
  readonly createdAtMs: number;
  readonly lastSeenAtMs: number;
  readonly isShared: boolean;
  readonly isCurrent: boolean;
};

export type SessionList = {
  readonly person: Person;
  readonly sessions: readonly SessionRow[];
  /** Sessions that are not in the list, because it would be too long. */
  readonly unlisted: number;
  readonly scope: 'mine' | 'everybody';
  /** Whether they may see, and end, everybody's. */
  readonly isAdmin: boolean;
  /** The user name that everybody's list was narrowed to. */
  readonly filter: string | undefined;
  readonly nowMs: number;
};

/** Its forms post to `/sessions`: `session=<key>` ends one, `all=mine` ends all of one's own. */
export function sessionsPage(model: SessionList, look: Look): Page {
  const { frame, sessions: texts } = textsIn(look.language);
  const isAll = model.scope === 'everybody';
  const title = isAll ? texts.titleAll : texts.title;
  const rows = model.sessions.map((session) => rowOf(session, model, look));
  const list =
    rows.length === 0
      ? html`<p class="empty">${texts.none}</p>`
      : html`<ul class="plain sessions">${rows}</ul>`;
  const more =
    model.unlisted > 0 &&
    html`<p class="soft">${texts.more(model.unlisted)}${isAll && html` ${texts.narrow}`}</p>`;
  const content = html`<h1>${title}</h1><p class="soft">${isAll ? texts.aboutAll : texts.about}</p>${isAll && finder(model, look)}${list}${more}
<div class="row">${!isAll && endAll(texts, look)}${model.isAdmin && scopeLink(isAll, texts, look)}</div>`;
  const links = html`<a class="button quiet slim" href="${look.publicUrl}/">${frame.toPortal}</a>`;
  return widePage({ title, content, person: personBar(model.person, links, look) }, look);
}

function rowOf(session: SessionRow, { scope, nowMs }: SessionList, look: Look): Html {
  const texts = textsIn(look.language).sessions;
  const device = session.device === '' ? texts.unknownDevice : session.device;
  const name = scope === 'everybody' ? `${session.username} · ${device}` : device;
  const chips = html`${session.isCurrent && html` <span class="chip">${texts.current}</span>`}${session.isShared && html` <span class="chip wait">${texts.shared}</span>`}`;
  const times = [
    session.address,
    texts.lastUsed(timeAgo(session.lastSeenAtMs, nowMs, look.language)),
    texts.since(timeAgo(session.createdAtMs, nowMs, look.language)),
    session.providerTitle,
  ].filter((part) => part !== undefined);
  return html`<li class="session"><span class="tile">${isHandheld(session.device) ? icons.phone : icons.screen}</span><div><h2>${name}${chips}</h2><p>${times.join(' · ')}</p></div>
<form method="post" action="${look.publicUrl}/sessions"><input type="hidden" name="session" value="${session.key}">${scope === 'everybody' && html`<input type="hidden" name="scope" value="everybody">`}<button class="button alarm slim" aria-label="${texts.endNamed(name)}">${texts.end}</button></form></li>`;
}

function endAll(texts: Texts['sessions'], look: Look): Html {
  return html`<form method="post" action="${look.publicUrl}/sessions"><input type="hidden" name="all" value="mine"><button class="button alarm">${texts.endAll}</button></form>`;
}

function scopeLink(isAll: boolean, texts: Texts['sessions'], look: Look): Html {
  const href = `${look.publicUrl}/sessions${isAll ? '' : '?scope=everybody'}`;
  return html`<a class="button quiet" href="${href}">${isAll ? texts.mine : texts.everybody}</a>`;
}

function finder({ filter }: SessionList, look: Look): Html {
  const texts = textsIn(look.language).sessions;
  return html`<form method="get" action="${look.publicUrl}/sessions" role="search"><input type="hidden" name="scope" value="everybody"><label for="person">${texts.person}</label><div class="row find"><input type="text" id="person" name="username" value="${filter ?? ''}" autocapitalize="none" spellcheck="false"><button class="button quiet">${texts.find}</button></div></form>`;
}
