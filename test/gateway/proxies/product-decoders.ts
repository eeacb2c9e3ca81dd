// Reads headers as the products behind the gateway do, for the tests: written after their own code, which docs/headers.md names.
import type { Dialect, HeaderEncoding } from '../../../gateway/types.ts';

type Reader = {
  /** @param written a byte a character, as it comes over the wire. */
  readonly text: (written: string, encoding: HeaderEncoding) => string;
  readonly list: (written: string, encoding: HeaderEncoding) => readonly string[];
};

/** Most apps: they split at the separator and drop blanks around. With `percent` they split before they decode. */
const splitting = (separator: string): Reader => ({
  text: decode,
  list: (written, encoding) =>
    (encoding === 'percent' ? written : decode(written, encoding))
      .split(separator)
      .map((item) => (encoding === 'percent' ? decode(item, encoding) : item.trim()))
      .filter((item) => item !== ''),
});

export const readers: Readonly<Record<Dialect, Reader>> = {
  beamgate: splitting(','),
  // cpp-httplib decodes every header value before anybody sees it.
  ecflow: {
    text: decode,
    list: (written, encoding) =>
      decode(written, encoding)
        .split(',')
        .filter((item) => item !== ''),
  },
  authentik: splitting('|'),
  'remote-user': splitting(','),
  'oauth2-proxy': splitting(','),
  'forwarded-user': splitting(','),
  grafana: {
    text: decode,
    list: (written, encoding) =>
      splitAsGrafana(encoding === 'percent' ? written : decode(written, encoding)).map((item) =>
        encoding === 'percent' ? decode(item, encoding) : item,
      ),
  },
};

/** `util.SplitString`: a JSON list, or items between commas and blanks, in quotation marks where they hold such. */
export function splitAsGrafana(text: string): readonly string[] {
  if (text.trim().startsWith('[')) return JSON.parse(text);
  return (text.match(/"[^"]+"|[^,\t\n\v\f\r ]+/g) ?? []).map((item) => item.replace(/^"+|"+$/g, ''));
}

/** mime/quotedprintable: escapes become bytes, and bytes beyond ASCII stay. */
export function decodeQuotedPrintable(text: string): string {
  return text.replace(/=([0-9A-F]{2})/g, (_match, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
}

function decode(written: string, encoding: HeaderEncoding): string {
  switch (encoding) {
    case 'utf-8':
      return Buffer.from(written, 'latin1').toString('utf8');
    case 'latin-1':
      return written;
    case 'percent':
      return decodeURIComponent(written);
    case 'quoted-printable':
      return Buffer.from(decodeQuotedPrintable(written), 'latin1').toString('utf8');
  }
}
