// The proxies' question on the wire: raw request -> decision -> raw response. No framework: its normalised URL and
// joined headers are another request than the one that the app will see.
import { randomUUID } from 'node:crypto';
import type { Networks } from '../platform/networks.ts';
import { andThen, type NowOrLater } from '../platform/now-or-later.ts';
import { decide, type Gate, refuseMalformed } from './decide.ts';
import type { Question } from './proxies/forwarded.ts';
import { readRequestId } from './proxies/forwarded.ts';
import { json, renderAllow } from './proxies/render.ts';
import { readTraefik } from './proxies/traefik.ts';
import type { Answer, ForwardedRequest, Malformed, RawHeaders } from './types.ts';

export type Asked = { readonly url: string; readonly headers: RawHeaders; readonly peerAddress: string };

/** Which address speaks which proxy's language. */
const readers: Readonly<Record<string, (question: Question) => ForwardedRequest | Malformed>> = {
  '/auth/traefik': readTraefik,
  // As users of authentik's outpost, of oauth2-proxy and of traefik-forward-auth wrote it.
  '/outpost.goauthentik.io/auth/traefik': readTraefik,
  '/oauth2/auth': readTraefik,
  '/': readTraefik,
};

export const proxyPaths: readonly string[] = Object.keys(readers);

/** Never throws. Anyone but a trusted proxy gets 403: it could ask with invented headers and collect an assertion. */
export function answer(asked: Asked, gate: Gate, trustedProxies: Networks): NowOrLater<Answer> {
  const question: Question = {
    parameters: parametersOf(asked.url),
    headers: asked.headers,
    peerAddress: asked.peerAddress,
    isTrustedProxy: (address) => trustedProxies.has(address),
    makeRequestId: randomUUID,
  };
  if (!trustedProxies.has(asked.peerAddress)) return refusePeer(question, gate);
  const path = asked.url.split('?', 1)[0] ?? '';
  const read = Object.hasOwn(readers, path) ? readers[path] : undefined;
  if (read === undefined)
    return json(404, {
      reason: 'not_found',
      requestId: readRequestId(question),
      details: `asked are ${proxyPaths.join(', ')}`,
    });
  const request = read(question);
  if ('outcome' in request) return refuseMalformed(request, readRequestId(question), gate);
  return andThen(decide(request, gate), (decided) =>
    decided.kind === 'pass' ? renderAllow(decided.passport) : decided.answer,
  );
}

function refusePeer(question: Question, { log, metrics, refusals }: Gate): Answer {
  const requestId = readRequestId(question);
  const { peerAddress: peer } = question;
  metrics.decisions.inc({ app: '', outcome: 'forbid', reason: 'peer_not_trusted' });
  const hint = `if ${peer} is your proxy, add it to trustedProxies`;
  const explain = () => [`request ${requestId}`, 'forbid (peer_not_trusted)', `  ${hint}`];
  const code = refusals.enter('peer_not_trusted', explain);
  log.warn({ requestId, code, outcome: 'forbid', reason: 'peer_not_trusted', peer, hint }, 'decision');
  return json(403, { reason: 'peer_not_trusted', requestId, code });
}

function parametersOf(url: string): URLSearchParams {
  const at = url.indexOf('?');
  return at < 0 ? noParameters : new URLSearchParams(url.slice(at + 1));
}

const noParameters = new URLSearchParams();
