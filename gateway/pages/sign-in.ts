// Where somebody signs in: the choice of a provider, the form for plain SciCat accounts, the step on from a form, and
// help for gateways whose providers take tokens only. Pure.
import { type Html, html } from './html.ts';
import { icons } from './icons.ts';
import { cardPage, facts, type Page } from './layout.ts';
import type { Look } from './look.ts';
import { textsIn } from './texts.ts';

export type Choice = {
  readonly title: string;
  readonly kind: 'oidc' | 'scicat';
  /** Begins the sign-in with this provider. */
  readonly href: string;
};

export type Chooser = {
  /** The app that somebody wants to open, `undefined`: the portal. */
  readonly appTitle: string | undefined;
  readonly providers: readonly (Choice & { readonly isRemembered: boolean })[];
  /** The switch "this is a shared computer": this same page with it turned the other way. */
  readonly shared: { readonly isOn: boolean; readonly href: string };
};

/** Links and no form: `form-action` would keep a form's answer from leading to a provider. */
export function chooserPage({ appTitle, providers, shared }: Chooser, look: Look): Page {
  const texts = textsIn(look.language).chooser;
  const title = appTitle === undefined ? texts.title : texts.titleFor(appTitle);
  const picks = providers.map(
    ({ isRemembered, ...choice }) =>
      html`<li>${pick(choice, isRemembered ? texts.lastUsed : texts.kinds[choice.kind])}</li>`,
  );
  const list =
    providers.length === 0
      ? html`<p class="note">${texts.none}</p>`
      : html`<ul class="plain stack">${picks}</ul>
<div class="apart"><a class="check${shared.isOn ? ' on' : ''}" href="${shared.href}"><i>${icons.check}</i><span>${texts.shared}<span class="unseen">: ${shared.isOn ? texts.on : texts.off}</span><br><span class="soft small">${texts.sharedHint}</span></span></a></div>`;
  return cardPage({ title, content: html`<h1>${title}</h1><p class="soft">${texts.about}</p>${list}` }, look);
}

/** One provider to choose. @param hint a line below its title. */
export function pick({ title, kind, href }: Choice, hint: string): Html {
  return html`<a class="pick" href="${href}"><span class="tile">${kind === 'oidc' ? icons.key : icons.person}</span><span>${title}<small>${hint}</small></span>${icons.onward}</a>`;
}

export type ScicatSignIn = {
  readonly providerTitle: string;
  /** Where the form is posted to: fields `username`, `password`, `shared` (`on`), and the hidden ones. */
  readonly action: string;
  readonly hidden: Readonly<Record<string, string>>;
  readonly username: string | undefined;
  readonly isShared: boolean;
  /** By which the admin finds what went wrong. */
  readonly code: string | undefined;
  readonly error: 'wrong' | 'too_many' | 'unavailable' | 'elsewhere' | 'incomplete' | undefined;
  /** To the chooser, where there is another way. */
  readonly backHref: string | undefined;
};

export function scicatSignInPage(form: ScicatSignIn, look: Look): Page {
  const { chooser, frame, scicat: texts } = textsIn(look.language);
  const title = texts.title(form.providerTitle);
  const hidden = Object.entries(form.hidden).map(
    ([name, value]) => html`<input type="hidden" name="${name}" value="${value}">`,
  );
  const error =
    form.error !== undefined && html`<p class="note" role="alert" id="error">${texts.errors[form.error]}</p>`;
  const described = form.error !== undefined && html` aria-describedby="error"`;
  const content = html`<h1>${title}</h1>
<form method="post" action="${form.action}">${hidden}${error}
<div class="field"><label for="username">${texts.username}</label><input type="text" id="username" name="username" value="${form.username ?? ''}" autocomplete="username" autocapitalize="none" spellcheck="false" required maxlength="256"${form.username === undefined && html` autofocus`}${described}></div>
<div class="field"><label for="password">${texts.password}</label><input type="password" id="password" name="password" autocomplete="current-password" required maxlength="1024"${form.username !== undefined && html` autofocus`}${described}></div>
<label class="check"><input type="checkbox" name="shared"${form.isShared && html` checked`}><span>${chooser.shared}<br><span class="soft small">${chooser.sharedHint}</span></span></label>
<div class="stack"><button class="button">${texts.submit}</button>${form.backHref !== undefined && html`<a class="button quiet" href="${form.backHref}">${texts.back}</a>`}</div>
</form>${form.code !== undefined && facts([[frame.code, form.code]])}`;
  return cardPage({ title, content }, look);
}

/** What a form is answered with whose way leads to another host: `form-action 'self'` stops a redirect there. */
export function onwardPage({ href }: { readonly href: string }, look: Look): Page {
  const texts = textsIn(look.language).onward;
  const content = html`<h1>${texts.title}</h1><p class="soft">${texts.about}</p><p><a class="button" href="${href}">${texts.go}</a></p>`;
  const head = html`<meta http-equiv="refresh" content="0; url=${href}">`;
  return cardPage({ title: texts.title, content, head }, look);
}

/**
 * The providers that take tokens, with the header to send them in, `undefined`: as a bearer token. Their addresses may
 * be internal: not shown.
 */
export type TokenHelp = readonly { readonly name: string; readonly header: string | undefined }[];

/** Where none of the providers signs people in in a browser. */
export function tokenHelpPage(providers: TokenHelp, look: Look): Page {
  const texts = textsIn(look.language).token;
  const ways = providers.map(
    ({ name, header }) => html`<p>${texts.how(name)}</p>
<pre>curl -H '${header === undefined ? 'Authorization: Bearer' : `${header}:`} ${texts.yours}' https://…</pre>`,
  );
  const content = html`<div class="sign">${icons.key}</div><h1>${texts.title}</h1><p class="soft">${texts.about}</p>${ways}`;
  return cardPage({ title: texts.title, content }, look);
}
