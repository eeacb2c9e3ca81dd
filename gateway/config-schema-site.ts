// What people see of the facility on the gateway's pages, and pictures in its file: a path, read when the file is, and
// put into the pages themselves, so that a browser asks nobody for them.
import { z } from 'zod';
import type { SecretSources } from '../platform/config/secrets.ts';
import { describe } from './config-schema-values.ts';
import type { Contact } from './pages/look.ts';

export const site = (sources: SecretSources) =>
  z.strictObject({
    name: describe(z.string().min(1).max(80).default('Beamgate'), "the facility's name"),
    logo: describe(picture(sources).optional(), 'a picture file: svg, png, webp or jpg, 32 KiB at most'),
    contact: describe(
      contact.optional(),
      'whom people ask who do not get in: an e-mail address, or the address of a page',
    ),
  });

/** A path -> a `data:` address. */
export function picture(sources: SecretSources) {
  return z.string().transform((path, context) => {
    const read = readPicture(path, sources);
    if ('href' in read) return read.href;
    context.addIssue({ code: 'custom', message: read.complaint });
    return z.NEVER;
  });
}

/** A page with it has to stay below what a proxy passes on of an answer (Traefik's `maxResponseBodySize`, 64 KiB). */
const maxPictureBytes = 32 * 1024;

const mediaTypes: Readonly<Record<string, string>> = {
  svg: 'image/svg+xml',
  png: 'image/png',
  webp: 'image/webp',
  jpg: 'image/jpeg',
  jpeg: 'image/jpeg',
};

function readPicture(path: string, sources: SecretSources): { href: string } | { complaint: string } {
  const extension = path.split('.').at(-1)?.toLowerCase() ?? '';
  const mediaType = Object.hasOwn(mediaTypes, extension) ? mediaTypes[extension] : undefined;
  if (mediaType === undefined) return { complaint: 'expected the path of a svg, png, webp or jpg file' };
  try {
    const base64 = sources.readFile(path, 'base64');
    if (base64 === '') return { complaint: `the file ${path} is empty` };
    return Buffer.byteLength(base64, 'base64') > maxPictureBytes
      ? { complaint: `the file ${path} is larger than 32 KiB` }
      : { href: `data:${mediaType};base64,${base64}` };
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'error';
    return { complaint: `the file ${path} cannot be read (${code})` };
  }
}

const contact = z.string().transform((text, context): Contact => {
  if (z.email().safeParse(text).success) return { text, href: `mailto:${text}` };
  if (z.url({ protocol: /^https?$/ }).safeParse(text).success)
    return { text: text.replace(/^https?:\/\//, ''), href: text };
  context.addIssue({ code: 'custom', message: 'expected an e-mail address or the address of a page' });
  return z.NEVER;
});
