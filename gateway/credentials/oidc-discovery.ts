// Where an issuer says that its keys are. Source: OpenID Connect Discovery 1.0, sections 4.1 and 4.3. What it says is
// believed only of its own host: whoever can write into that document would else name any key for any user.
import type { Dispatcher } from 'undici';
import { z } from 'zod';
import { parseAnswer, send } from '../../platform/outgoing.ts';
import { type OutageReason, Unavailable } from '../../platform/unavailable.ts';
import type { OidcProvider } from './oidc.ts';

const metadata = z.object({ issuer: z.string(), jwks_uri: z.url({ protocol: /^https?$/ }) });
const maxBytes = 256 * 1024;

/** @throws Unavailable when the issuer does not answer, or says of itself what the config does not. */
export async function locateKeys(
  provider: Pick<OidcProvider, 'name' | 'issuer' | 'jwksUrl' | 'timeoutMs'>,
  dispatcher: Dispatcher | undefined,
): Promise<string> {
  if (provider.jwksUrl !== undefined) return provider.jwksUrl;
  const answer = await send({
    dependency: provider.name,
    method: 'GET',
    url: `${provider.issuer.replace(/\/$/, '')}/.well-known/openid-configuration`,
    headers: { accept: 'application/json' },
    timeoutMs: provider.timeoutMs,
    maxBytes,
    ...(dispatcher === undefined ? {} : { dispatcher }),
  });
  if (answer.status !== 200)
    throw outage(
      provider,
      answer.status >= 500 ? 'server_error' : 'bad_answer',
      `answered ${answer.status} instead of its discovery document`,
    );
  const { issuer, jwks_uri: url } = parseAnswer(provider.name, metadata, answer);
  if (issuer !== provider.issuer)
    throw outage(provider, 'misconfigured', `calls itself ${issuer}: write that as its issuer`);
  if (new URL(url).origin !== new URL(provider.issuer).origin)
    throw outage(
      provider,
      'misconfigured',
      `has its keys on another host, at ${url}: write that as jwksUrl if it is right`,
    );
  return url;
}

function outage(
  { name, issuer }: Pick<OidcProvider, 'name' | 'issuer'>,
  reason: OutageReason,
  what: string,
): Unavailable {
  return new Unavailable({ dependency: name, reason, message: `${name} (${issuer}) ${what}` });
}
