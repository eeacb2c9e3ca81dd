// What differs between the proxies that ask: where they say what is asked for, and which answers they understand. Pure.
import { canonicalName } from '../../platform/header-names.ts';
import type { Answer, ForwardedRequest, Malformed } from '../types.ts';
import type { Question } from './forwarded.ts';
import { type Passport, renderAllow, type Site } from './render.ts';

export type ProxyKind = {
  readonly read: (question: Question) => ForwardedRequest | Malformed;
  readonly renderAllow: (passport: Passport, site: Site) => Answer;
  /** A refusal as it is for proxies that pass everything on to the client. */
  readonly renderRefusal: (refusal: Answer) => Answer;
  /** The query of its question is the client's: it says nothing, and nobody takes it apart. */
  readonly ignoresQuery?: true;
};

/** For proxies that take each header from our answer, or away from the app, and pass on what is not 2xx as it is. */
export const usualAnswers: Omit<ProxyKind, 'read'> = { renderAllow, renderRefusal: (refusal) => refusal };

/** Headers of credentials that the app is not to see, as they are written. */
export function withheldCredentials({ credentialHeaders }: Passport, site: Site): readonly string[] {
  const given = new Set(credentialHeaders.map((name) => name.toLowerCase()));
  return site.credentialHeaders.filter((name) => !given.has(name)).map(canonicalName);
}
