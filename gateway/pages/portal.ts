// The portal: the apps that this person may open, and who they are. Pure.
import { type Html, html } from './html.ts';
import { cardPage, type Page, widePage } from './layout.ts';
import type { Look } from './look.ts';
import { textsIn } from './texts.ts';

export type Person = {
  readonly name: string | undefined;
  readonly username: string;
  readonly providerTitle: string;
};

export type PortalApp = {
  readonly title: string;
  readonly description: string | undefined;
  readonly url: string;
  /** A `data:` address. */
  readonly icon: string | undefined;
};

export function portalPage(
  model: { readonly person: Person; readonly apps: readonly PortalApp[] },
  look: Look,
): Page {
  const texts = textsIn(look.language).portal;
  const tiles = model.apps.map((app) => html`<li>${tileOf(app)}</li>`);
  const list =
    model.apps.length === 0
      ? html`<p class="empty">${texts.none}</p>`
      : html`<ul class="plain tiles">${tiles}</ul>`;
  const content = html`<h1>${texts.welcome(model.person.name ?? model.person.username)}</h1><p class="soft">${texts.about}</p>${list}`;
  const links = html`<a class="button quiet slim" href="${look.publicUrl}/sessions">${texts.sessions}</a>`;
  return widePage({ title: texts.title, content, person: personBar(model.person, links, look) }, look);
}

/** For somebody who is not signed in. */
export function welcomePage({ signInHref }: { readonly signInHref: string }, look: Look): Page {
  const texts = textsIn(look.language).portal;
  const content = html`<h1>${look.site.name}</h1><p class="soft">${texts.signedOut}</p>
<div class="stack"><a class="button" href="${signInHref}">${texts.signIn}</a></div>`;
  return cardPage({ title: texts.title, content }, look);
}

/** Who is signed in, by which provider, and out again. */
export function personBar(person: Person, links: Html, look: Look): Html {
  const texts = textsIn(look.language).portal;
  return html`<div class="me"><span><strong>${person.name ?? person.username}</strong><small>${person.username} · ${person.providerTitle}</small></span><nav>${links}<form method="post" action="${look.publicUrl}/logout"><button class="button quiet slim">${texts.signOut}</button></form></nav></div>`;
}

function tileOf({ title, description, url, icon }: PortalApp): Html {
  const about = description !== undefined && html`<span class="about">${description}</span>`;
  const picture = icon === undefined ? html`${initialOf(title)}` : html`<img src="${icon}" alt="">`;
  return html`<a class="app" href="${url}"><span class="tile t${shadeOf(title)}" aria-hidden="true">${picture}</span><span><strong>${title}</strong>${about}<span class="where">${url.replace(/^https?:\/\//, '')}</span></span></a>`;
}

function initialOf(title: string): string {
  return (Array.from(title)[0] ?? '').toUpperCase();
}

/** One of six colours, the same for one title always. */
function shadeOf(title: string): number {
  return (Array.from(title).reduce((sum, character) => sum + (character.codePointAt(0) ?? 0), 0) % 6) + 1;
}
