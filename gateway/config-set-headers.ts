// `setHeaders` of an app -> the headers that it gets, or what is wrong with them. Pure.
import type { AppContext } from './config-rules.ts';
import type { SetHeaderEntry } from './config-schema-apps.ts';
import { foldName } from './proxies/headers.ts';
import { identityHeaderNames } from './proxies/identity-headers.ts';
import type { SetHeader } from './types.ts';

export function compileSetHeaders(context: AppContext): readonly SetHeader[] {
  const { name, entry, complain } = context;
  const seen = new Set<string>();
  return Object.entries(entry.setHeaders ?? {}).flatMap(([header, value]) => {
    const path = ['apps', name, 'setHeaders', header];
    const complaint = complaintAbout(context, header, value) ?? repeated(seen, header);
    seen.add(foldName(header));
    if (complaint !== undefined) complain(path, complaint);
    return complaint === undefined ? [compileOne(header, value)] : [];
  });
}

function compileOne(name: string, value: SetHeaderEntry): SetHeader {
  if (typeof value === 'string') return { name, kind: 'fixed', value };
  const { claim, bearer, basic } = value;
  if (claim !== undefined) return { name, kind: 'claim', path: claim };
  const credential =
    basic === undefined
      ? `Bearer ${bearer?.reveal() ?? ''}`
      : `Basic ${Buffer.from(`${basic.username}:${basic.password.reveal()}`).toString('base64')}`;
  return { name, kind: 'credential', reveal: () => credential };
}

function repeated(seen: ReadonlySet<string>, header: string): string | undefined {
  return seen.has(foldName(header))
    ? 'many services take it for the same header as another one here'
    : undefined;
}

/** What frames a request, says who the client is, or stands for the gateway's own word. */
const taken = new Set([
  ...['connection', 'content-length', 'host', 'keep-alive', 'te', 'trailer', 'transfer-encoding', 'upgrade'],
  ...[
    'expect',
    'proxy-authenticate',
    'proxy-authorization',
    'proxy-connection',
    'cookie',
    'set-cookie',
    'origin',
  ],
  ...['forwarded', 'x-real-ip', 'x-request-id', 'location', 'www-authenticate', 'x-http-method-override'],
  ...[
    'x-http-method',
    'x-method-override',
    'content-type',
    'content-encoding',
    'cache-control',
    'retry-after',
  ],
  ...identityHeaderNames.map(foldName),
]);

function complaintAbout(
  { entry, file }: AppContext,
  header: string,
  value: SetHeaderEntry,
): string | undefined {
  const folded = foldName(header);
  const ofProviders = Object.values(file.providers).flatMap((provider) =>
    provider.kind === 'scicat' ? [foldName(provider.header)] : [],
  );
  if (
    taken.has(folded) ||
    ofProviders.includes(folded) ||
    /^(?:x-forwarded-|sec-|access-control-)/.test(folded)
  )
    return `${header} means something else to the gateway, its proxy or a browser: choose another name`;
  if (typeof value === 'string')
    return folded === 'authorization'
      ? 'a secret does not stand in this file: write bearer: or basic:'
      : undefined;
  const { claim, bearer, basic } = value;
  if ([claim, bearer, basic].filter((one) => one !== undefined).length !== 1)
    return 'expected one of claim, bearer, basic';
  if (folded === 'authorization') return complaintAboutAuthorization(entry.preset, entry.keep, claim);
  if (bearer !== undefined && !/^[\x21-\x7e]+$/.test(bearer.reveal()))
    return 'the secret has characters that no header can carry';
  return undefined;
}

function complaintAboutAuthorization(
  preset: string,
  keep: readonly string[] | undefined,
  claim: string | undefined,
): string | undefined {
  if (claim !== undefined) return 'a claim is no credential: write bearer: or basic:';
  if (preset === 'ecflow') return 'the preset ecflow sets Authorization itself';
  if (keep?.some((header) => header.toLowerCase() === 'authorization') === true)
    return "either the client's (keep) or the app's own: one Authorization reaches it";
  return undefined;
}
