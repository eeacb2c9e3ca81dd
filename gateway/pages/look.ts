// What all pages of a gateway have in common: the facility's name, logo and contact, and the reader's language. Pure.
import { valuesOf } from '../proxies/headers.ts';
import type { RawHeaders } from '../types.ts';

/** `site:` of the gateway's file. */
export type Branding = {
  readonly name: string;
  /** A `data:` address: pages ask nobody for it. */
  readonly logo: string | undefined;
  readonly contact: Contact | undefined;
};

export type Contact = { readonly text: string; readonly href: string };

export type Language = 'en' | 'de';

export type Look = {
  readonly language: Language;
  readonly site: Branding;
  /** Where the gateway's own pages are, without a final slash: absolute, for pages are shown on apps' hosts too. */
  readonly publicUrl: string;
};

/** The language that the browser likes best of those that there are (RFC 9110 section 12.5.4); English otherwise. */
export function readLanguage(headers: RawHeaders): Language {
  const ranges = valuesOf(headers, 'accept-language').join(',').slice(0, maxCharacters).split(',');
  const liked = ranges.map(readRange).filter((range) => range.quality > 0);
  const best = liked.reduce<(typeof liked)[number] | undefined>(
    (found, range) => (range.language !== undefined && range.quality > (found?.quality ?? 0) ? range : found),
    undefined,
  );
  return best?.language ?? 'en';
}

const maxCharacters = 500;

function readRange(range: string): { language: Language | undefined; quality: number } {
  const [tag = '', ...parameters] = range.split(';').map((part) => part.trim().toLowerCase());
  const written = parameters.find((parameter) => parameter.startsWith('q='))?.slice(2);
  const quality = written === undefined ? 1 : Number(written);
  return { language: languageOf(tag), quality: quality >= 0 && quality <= 1 ? quality : 0 };
}

function languageOf(tag: string): Language | undefined {
  const [primary] = tag.split('-');
  return primary === 'de' || primary === 'en' ? primary : undefined;
}
