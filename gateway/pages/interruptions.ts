// Where a sign-in does not go on, or is over. Each of these pages has a way forward, and none leads back by itself. Pure.
import { type Html, html } from './html.ts';
import { icons } from './icons.ts';
import { cardPage, facts, type Page } from './layout.ts';
import type { Look } from './look.ts';
import { type Choice, pick } from './sign-in.ts';
import { type Texts, textsIn } from './texts.ts';

/** @param model.provider at which a session may live on, where the gateway could not end it there. */
export function signedOutPage(
  model: { readonly signInHref: string; readonly stillSignedInAt: string | undefined },
  look: Look,
): Page {
  const texts = textsIn(look.language).signedOut;
  const still =
    model.stillSignedInAt !== undefined && html`<p class="soft">${texts.stillAt(model.stillSignedInAt)}</p>`;
  const content = html`${sign('good', icons.check)}<h1>${texts.title}</h1><p class="soft">${texts.about}</p>${still}
<div class="stack"><a class="button" href="${model.signInHref}">${texts.again}</a></div>`;
  return cardPage({ title: texts.title, content }, look);
}

/** Asks, where something else than a page of ours wants to sign somebody out. */
export function signOutPage(
  model: { readonly action: string; readonly portalHref: string },
  look: Look,
): Page {
  const { frame, signOut: texts } = textsIn(look.language);
  const content = html`<h1>${texts.title}</h1><p class="soft">${texts.about}</p>
<form method="post" action="${model.action}"><div class="stack"><button class="button">${texts.yes}</button><a class="button quiet" href="${model.portalHref}">${frame.toPortal}</a></div></form>`;
  return cardPage({ title: texts.title, content }, look);
}

export type ProviderDown = {
  readonly providerTitle: string;
  readonly retryHref: string;
  /** The providers that may still work. */
  readonly others: readonly Choice[];
  /** By which the admin finds it. */
  readonly code: string;
  readonly requestId: string;
};

/** Status 503. */
export function providerDownPage(
  { providerTitle, retryHref, others, ...told }: ProviderDown,
  look: Look,
): Page {
  const { chooser, frame, providerDown: texts } = textsIn(look.language);
  const title = texts.title(providerTitle);
  const picks = others.map((choice) => html`<li>${pick(choice, chooser.kinds[choice.kind])}</li>`);
  const another =
    others.length > 0 &&
    html`<div class="apart"><h2>${texts.others}</h2><ul class="plain stack">${picks}</ul></div>`;
  const content = html`${sign('wait', icons.cloud)}<h1>${title}</h1><p class="soft">${texts.about}</p>
<div class="stack"><a class="button" href="${retryHref}">${texts.retry}</a></div>${another}${facts([
    [frame.code, told.code],
    [frame.request, told.requestId],
  ])}`;
  return cardPage({ title, content }, look);
}

/** Status 503: a navigation to an app could not be decided. */
export function outagePage(
  model: { readonly retryHref: string; readonly code: string; readonly requestId: string },
  look: Look,
): Page {
  const { frame, outage: texts } = textsIn(look.language);
  const content = html`${sign('wait', icons.cloud)}<h1>${texts.title}</h1><p class="soft">${texts.about}</p>
<div class="stack"><a class="button" href="${model.retryHref}">${texts.retry}</a></div>${facts([
    [frame.code, model.code],
    [frame.request, model.requestId],
  ])}`;
  return cardPage({ title: texts.title, content }, look);
}

export type FlowOver = {
  /** `used`: its answer or code came twice; `elsewhere`: this browser has no such sign-in. */
  readonly why: keyof Texts['flow']['title'];
  readonly code: string;
  readonly requestId: string;
  readonly restartHref: string;
  readonly portalHref: string;
};

/** A pending sign-in, or its handover to an app's host, that cannot be finished. */
export function flowExpiredPage(
  { why, restartHref, portalHref, code, requestId }: FlowOver,
  look: Look,
): Page {
  const { frame, flow: texts } = textsIn(look.language);
  const content = html`${sign('wait', icons.clock)}<h1>${texts.title[why]}</h1><p class="soft">${texts.about[why]}</p>
<div class="stack"><a class="button" href="${restartHref}">${texts.again}</a><a class="button quiet" href="${portalHref}">${frame.toPortal}</a></div>${facts(
    [
      [frame.code, code],
      [frame.request, requestId],
    ],
  )}`;
  return cardPage({ title: texts.title[why], content }, look);
}

export type SignInFailed = {
  readonly providerTitle: string | undefined;
  readonly why: keyof Texts['failed']['reasons'];
  /** By which the admin finds it. */
  readonly code: string;
  /** Which the README explains. */
  readonly reason: string;
  readonly requestId: string;
  readonly retryHref: string;
  /** To the chooser, where there is another way. */
  readonly otherHref: string | undefined;
};

export function signInFailedPage(model: SignInFailed, look: Look): Page {
  const { frame, failed: texts } = textsIn(look.language);
  const title = model.providerTitle === undefined ? texts.title : texts.titleAt(model.providerTitle);
  const other =
    model.otherHref !== undefined &&
    html`<a class="button quiet" href="${model.otherHref}">${texts.other}</a>`;
  const content = html`${sign('alarm', icons.alarm)}<h1>${title}</h1><p class="soft">${texts.reasons[model.why]}</p>
<div class="stack"><a class="button" href="${model.retryHref}">${texts.again}</a>${other}</div>${facts([
    [frame.code, model.code],
    [frame.reason, model.reason],
    [frame.request, model.requestId],
  ])}`;
  return cardPage({ title, content }, look);
}

export type Loop = {
  readonly appTitle: string;
  readonly retryHref: string;
  readonly portalHref: string;
  readonly code: string;
  readonly requestId: string;
};

/** Status 508 or 200; it stops a browser that is sent to and fro. */
export function loopPage({ appTitle, retryHref, portalHref, code, requestId }: Loop, look: Look): Page {
  const { frame, loop: texts } = textsIn(look.language);
  const content = html`${sign('wait', icons.loop)}<h1>${texts.title}</h1><p class="soft">${texts.about(appTitle)}</p>
<h2>${texts.you}</h2><ul class="checks small"><li>${texts.cookies}</li><li>${texts.clock}</li></ul>
<h2>${texts.admins}</h2><ul class="checks small"><li>${texts.host}</li><li>${texts.path}</li><li>${texts.header}</li></ul>
<div class="stack"><a class="button" href="${retryHref}">${texts.again}</a><a class="button quiet" href="${portalHref}">${frame.toPortal}</a></div>${facts(
    [
      [frame.code, code],
      [frame.request, requestId],
    ],
  )}`;
  return cardPage({ title: texts.title, content }, look);
}

export function sign(kind: 'alarm' | 'good' | 'wait', icon: Html): Html {
  return html`<div class="sign ${kind}">${icon}</div>`;
}
