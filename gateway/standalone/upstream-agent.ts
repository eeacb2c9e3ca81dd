// The connections to an app in standalone mode, kept for the next request; where it speaks TLS, whose certificate is believed.
import { Agent, type ClientRequest } from 'node:http';
import { Agent as TlsAgent } from 'node:https';
import { isIP } from 'node:net';
import { trustOf } from '../../platform/dispatcher.ts';
import type { Upstream } from '../types.ts';

/** How many there may be, slots.ts says. */
export function agentOf(upstream: Upstream): Agent {
  const known = agents.get(upstream);
  if (known !== undefined) return known;
  const agent = takingLargeHeaders(
    upstream.url.protocol === 'https:' ? tlsAgentOf(upstream) : new Agent(kept),
  );
  agents.set(upstream, agent);
  return agent;
}

/** Many an app hangs up on a connection that is idle for 5 s: a request on it just then would be lost. */
const kept = { keepAlive: true, maxFreeSockets: 64, timeout: 4000 };

function tlsAgentOf(upstream: Upstream): TlsAgent {
  const hostname = upstream.url.hostname.replace(/^\[|\]$/g, '');
  return new TlsAgent({
    ...kept,
    secureContext: trustOf(upstream.caPem)(),
    // Node would take the client's `Host`, which is the gateway's name for the app and no name of the app's own.
    servername: isIP(hostname) === 0 ? hostname : '',
  });
}

/** With a configuration that is gone its connections go too. */
const agents = new WeakMap<Upstream, Agent>();

/** As much as a client's request may have: Node's own limit is 16 KiB, and httpxy hands no other one on. */
export const maxUpstreamHeaderBytes = 65_536;

type AddRequest = (request: ClientRequest & { maxHeaderSize?: number }, ...options: unknown[]) => unknown;

function takingLargeHeaders(agent: Agent): Agent {
  const add: unknown = Reflect.get(agent, 'addRequest');
  if (typeof add !== 'function') throw new Error('this Node gives requests to an agent in another way');
  const addRequest: AddRequest = (request, ...options) => {
    request.maxHeaderSize = maxUpstreamHeaderBytes;
    return Reflect.apply(add, agent, [request, ...options]);
  };
  return Object.assign(agent, { addRequest });
}
