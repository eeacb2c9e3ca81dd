// Writes user names, groups and other text into header values, in the way that an app decodes them. A value that could split a
// header, break a list or become somebody else's is reported instead of written. Pure.
// Sources: RFC 9110 section 5.5 (field values), RFC 2045 section 6.7 (quoted-printable), RFC 3986 section 2.1.
import type { HeaderEncoding } from '../types.ts';

export type HeaderStyle = {
  readonly encoding: HeaderEncoding;
  readonly separator: string;
  /**
   * What becomes of a separator inside an item. `escaped`: it is percent-encoded, and the app splits before it decodes.
   * `plain`: the app splits what it has decoded, so it cannot be written. `quoted`: the item is put in quotation marks.
   */
  readonly items: 'escaped' | 'plain' | 'quoted';
};

/** Why a value cannot be written: to follow the words `the user name` or `the group "a,b"`. */
export type Unsendable = { readonly why: string };

/** @returns a header value, a byte a character (latin1), as node:http writes it. */
export function writeText(value: string, style: HeaderStyle): string | Unsendable {
  return complaintAbout(value, style) ?? encode(value, style);
}

/** @param label what one item is called: `group`. */
export function writeList(items: readonly string[], style: HeaderStyle, label: string): string | Unsendable {
  const written = items.filter((item) => item !== '').map((item) => writeItem(item, style));
  const index = written.findIndex((item) => typeof item !== 'string');
  const bad = written[index];
  if (typeof bad === 'object') {
    const item = items.filter((one) => one !== '')[index] ?? '';
    return { why: `the ${label} ${JSON.stringify(item.slice(0, 100))} ${bad.why}` };
  }
  return written.join(style.separator);
}

function writeItem(item: string, style: HeaderStyle): string | Unsendable {
  switch (style.items) {
    case 'escaped':
      return complaintAbout(item, style) ?? percentEncode(item, style.separator);
    case 'plain':
      return item.includes(style.separator)
        ? { why: `holds "${style.separator}", which separates them in this header` }
        : writeText(item, style);
    case 'quoted':
      if (item.includes('"')) return { why: 'holds a quotation mark' };
      return writeText(/[, ]|^\[/.test(item) ? `"${item}"` : item, style);
  }
}

function complaintAbout(value: string, { encoding, items }: HeaderStyle): Unsendable | undefined {
  // Each half of a pair would become the same replacement character.
  if (!value.isWellFormed()) return { why: 'holds half a character (a lone surrogate)' };
  if (encoding === 'percent' && items === 'escaped') return undefined;
  if (/[\p{Cc}\p{Zl}\p{Zp}]/u.test(value)) return { why: 'holds a control character' };
  if (encoding === 'percent') return undefined;
  // Blanks around a value are no part of it in HTTP: `ann` and `ann ` would be one.
  if (value.trim() !== value) return { why: 'begins or ends with a blank' };
  if (encoding === 'latin-1' && /[^\u0000-\u00ff]/u.test(value))
    return { why: 'holds a character that latin-1 does not have' };
  return undefined;
}

function encode(value: string, { encoding }: HeaderStyle): string {
  switch (encoding) {
    case 'percent':
      return percentEncode(value, '');
    case 'utf-8':
      return Buffer.from(value, 'utf8').toString('latin1');
    case 'latin-1':
      return value;
    case 'quoted-printable':
      return encodeBytes(
        value,
        '=',
        (character) => character >= ' ' && character <= '~' && character !== '=',
      );
  }
}

/** Visible ASCII stays as it is, but for `%` and the separator. */
function percentEncode(value: string, separator: string): string {
  if (/^[\x21-\x24\x26-\x2b\x2d-\x7b\x7d\x7e]*$/.test(value)) return value;
  const isPlain = (character: string) =>
    character > ' ' && character <= '~' && character !== '%' && character !== separator;
  return encodeBytes(value, '%', isPlain);
}

function encodeBytes(value: string, mark: string, isPlain: (character: string) => boolean): string {
  let encoded = '';
  for (const byte of Buffer.from(value, 'utf8')) {
    const character = String.fromCharCode(byte);
    encoded += isPlain(character) ? character : `${mark}${byte.toString(16).toUpperCase().padStart(2, '0')}`;
  }
  return encoded;
}
