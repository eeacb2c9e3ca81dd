// A request and an answer as Hono has them, to and from what the gateway's pages take and give.
import type { HttpBindings } from '@hono/node-server';
import type { Context, MiddlewareHandler } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import type { Networks } from '../platform/networks.ts';
import type { Visit } from './login/visit.ts';
import { readClientAddress } from './proxies/forwarded.ts';
import { pairsOf } from './proxies/headers.ts';
import { json } from './proxies/render.ts';
import type { Answer } from './types.ts';

export type Env = { Bindings: HttpBindings; Variables: { requestId: string } };

/** Raw headers and peer: what the framework does not show. */
export function visitOf(context: Context<Env>, trustedProxies: Networks): Visit {
  const { incoming } = context.env;
  const peerAddress = incoming.socket.remoteAddress ?? '';
  const isTrustedProxy = (address: string) => trustedProxies.has(address);
  const forwarded = { headers: incoming.rawHeaders, isTrustedProxy };
  return {
    query: new URL(context.req.url).searchParams,
    headers: incoming.rawHeaders,
    clientAddress: isTrustedProxy(peerAddress) ? readClientAddress(forwarded) : peerAddress,
    requestId: context.get('requestId'),
  };
}

/** Before a form is read: nobody's is larger. */
export const boundedForm: MiddlewareHandler<Env> = bodyLimit({
  maxSize: 32_768,
  onError: (context: Context<Env>) =>
    respond(json(413, { reason: 'unreadable_request', requestId: context.get('requestId') })),
});

/** The same Answer that proxies get, as a web Response. */
export function respond({ status, headers, body }: Answer): Response {
  const list = new Headers();
  for (const [name, value] of pairsOf(headers)) list.append(name, value);
  return new Response(body, { status, headers: list });
}
