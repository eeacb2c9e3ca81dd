// `sessions:` and the cookies of a gateway's file -> how long somebody stays signed in, and on which hosts, or what is
// wrong with it. Pure.
import type { Complaint } from '../platform/config/mistakes.ts';
import type { Networks } from '../platform/networks.ts';
import { compileNetworks } from './config-networks.ts';
import type { GatewayFile } from './config-schema.ts';
import type { CookieRules } from './sessions/cookies.ts';
import type { SessionSettings } from './sessions/sessions.ts';

export type SessionConfig = SessionSettings & {
  /** Where every computer is shared. */
  readonly sharedNetworks: Networks;
};

export function compileSessions(file: GatewayFile): SessionConfig {
  const { idleMinutes, maxHours, shared, cacheSeconds } = file.sessions;
  return {
    lifetime: lifetimeOf({ idleMinutes, maxHours }),
    sharedLifetime: lifetimeOf(shared),
    sharedNetworks: sharedNetworksOf(file).networks,
    cacheMs: cacheSeconds * 1000,
  };
}

export function compileCookies({ insecure, cookieDomain }: GatewayFile): CookieRules {
  return { insecure, domain: cookieDomain };
}

export function complaintsAboutSessions(file: GatewayFile): readonly Complaint[] {
  return [...sharedNetworksOf(file).complaints, ...complaintsAboutDomain(file)];
}

function sharedNetworksOf({ sessions }: GatewayFile) {
  return compileNetworks(sessions.shared.networks ?? [], ['sessions', 'shared', 'networks']);
}

/** Pages whose cookie the gateway itself could not set would send everybody in a circle. */
function complaintsAboutDomain({ cookieDomain, publicUrl }: GatewayFile): readonly Complaint[] {
  if (cookieDomain === undefined || !URL.canParse(publicUrl)) return [];
  const { hostname } = new URL(publicUrl);
  if (hostname === cookieDomain || hostname.endsWith(`.${cookieDomain}`)) return [];
  const message = `the host of publicUrl, ${hostname}, is not below it`;
  return [{ path: ['cookieDomain'], message }];
}

function lifetimeOf({
  idleMinutes,
  maxHours,
}: {
  readonly idleMinutes: number;
  readonly maxHours: number;
}): SessionSettings['lifetime'] {
  return { idleMs: idleMinutes * 60_000, maxMs: maxHours * 60 * 60_000 };
}
