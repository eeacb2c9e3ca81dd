// The connections to an app that speaks TLS, in standalone mode: whose certificate is believed.
import { Agent } from 'node:https';
import { isIP } from 'node:net';
import { trustOf } from '../../platform/dispatcher.ts';
import type { Upstream } from '../types.ts';

/** @returns `undefined` where the app speaks plain http. */
export function agentOf(upstream: Upstream): Agent | undefined {
  if (upstream.url.protocol !== 'https:') return undefined;
  const hostname = upstream.url.hostname.replace(/^\[|\]$/g, '');
  const known = agents.get(upstream);
  if (known !== undefined) return known;
  const agent = new Agent({
    keepAlive: true,
    maxSockets: 256,
    maxFreeSockets: 64,
    secureContext: trustOf(upstream.caPem)(),
    // Node would take the client's `Host`, which is the gateway's name for the app and no name of the app's own.
    servername: isIP(hostname) === 0 ? hostname : '',
  });
  agents.set(upstream, agent);
  return agent;
}

/** With a configuration that is gone its connections go too. */
const agents = new WeakMap<Upstream, Agent>();
