// The proxies' question on the wire: raw request -> decision -> raw response. No framework: its normalised URL and
// joined headers are another request than the one that the app will see.
import type { Networks } from '../platform/networks.ts';
import { andThen, type NowOrLater } from '../platform/now-or-later.ts';
import { createRequestIds } from '../platform/request-ids.ts';
import { decide, type Gate, refuseMalformed } from './decide.ts';
import type { Question } from './proxies/forwarded.ts';
import { readRequestId } from './proxies/forwarded.ts';
import { kindAt, proxyPaths } from './proxies/kinds.ts';
import { json } from './proxies/render.ts';
import { explainPeer } from './refusal.ts';
import type { Answer, RawHeaders } from './types.ts';

export type Asked = {
  readonly method: string;
  readonly url: string;
  readonly headers: RawHeaders;
  readonly peerAddress: string;
};

/** Never throws. Anyone but a trusted proxy gets 403: it could ask with invented headers and collect an assertion. */
export function answer(asked: Asked, gate: Gate, trustedProxies: Networks): NowOrLater<Answer> {
  const kind = kindAt(asked.url);
  const question: Question = {
    method: asked.method,
    url: asked.url,
    parameters: kind === undefined || kind.ignoresQuery ? noParameters : parametersOf(asked.url),
    headers: asked.headers,
    peerAddress: asked.peerAddress,
    isTrustedProxy: (address) => trustedProxies.has(address),
    makeRequestId,
    authenticated: gate.authenticated,
  };
  if (!trustedProxies.has(asked.peerAddress)) return refusePeer(question, gate);
  if (kind === undefined)
    return json(404, {
      reason: 'not_found',
      requestId: readRequestId(question),
      details: `asked are ${proxyPaths.join(', ')}`,
    });
  const request = kind.read(question);
  if ('outcome' in request)
    return kind.renderRefusal(refuseMalformed(request, readRequestId(question), gate));
  return andThen(decide(request, gate), (decided) =>
    decided.kind === 'pass'
      ? kind.renderAllow(decided.passport, gate.site)
      : kind.renderRefusal(decided.answer),
  );
}

function refusePeer(question: Question, { log, metrics, refusals }: Gate): Answer {
  const requestId = readRequestId(question);
  const { peerAddress: peer } = question;
  metrics.decisions.inc({ app: '', outcome: 'forbid', reason: 'peer_not_trusted' });
  const hint = `if ${peer} is your proxy, add it to trustedProxies`;
  const code = refusals.enter('peer_not_trusted', explainPeer(hint, requestId));
  log.warn({ requestId, code, outcome: 'forbid', reason: 'peer_not_trusted', peer, hint }, 'decision');
  return json(403, { reason: 'peer_not_trusted', requestId, code });
}

function parametersOf(url: string): URLSearchParams {
  const at = url.indexOf('?');
  return at < 0 ? noParameters : new URLSearchParams(url.slice(at + 1));
}

const noParameters = new URLSearchParams();
const makeRequestId = createRequestIds();
