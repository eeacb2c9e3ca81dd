// A key that names a file of CA certificates in PEM: read and looked at when the configuration is, so that a wrong one
// is a mistake with a line, and a changed one another configuration.
import { X509Certificate } from 'node:crypto';
import { z } from 'zod';
import type { SecretSources } from './secrets.ts';

/** What is believed besides the CAs of Node and of the machine. */
export type CaFile = { readonly path: string; readonly pem: string };

export function caFileSchema({ readFile }: Pick<SecretSources, 'readFile'>) {
  return z
    .string()
    .min(1)
    .transform((path, context): CaFile => {
      const pem = readOrComplain(path, readFile, (message) =>
        context.addIssue({ code: 'custom', message: `the file ${path} ${message}` }),
      );
      return pem === undefined ? z.NEVER : { path, pem };
    });
}

function readOrComplain(
  path: string,
  readFile: SecretSources['readFile'],
  complain: (message: string) => void,
): string | undefined {
  try {
    const pem = readFile(path);
    const problem = problemOf(pem);
    if (problem === undefined) return pem;
    complain(problem);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'error';
    complain(`cannot be read (${code})`);
  }
  return undefined;
}

/** OpenSSL would pass over what it cannot read, and every address would be unreachable without a word why. */
function problemOf(pem: string): string | undefined {
  if (/-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(pem))
    return 'holds a private key: it is to hold certificates alone';
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/g) ?? [];
  if (blocks.length === 0) return 'holds no certificate in PEM (-----BEGIN CERTIFICATE-----)';
  const broken = blocks.findIndex((block) => !isCertificate(block));
  return broken < 0
    ? undefined
    : `holds a certificate that cannot be read, the ${broken + 1}. of ${blocks.length}`;
}

function isCertificate(block: string): boolean {
  try {
    return new X509Certificate(block).raw.length > 0;
  } catch {
    return false; // OpenSSL's words for it are about bytes.
  }
}
