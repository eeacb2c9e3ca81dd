// What the gateway would decide of a request, for `tests:` and `beamgate explain`: the decision itself, by the same
// function as a real one's; only who is there is said, and nobody is asked.
import { authorize } from './authorize.ts';
import type { Verify } from './credentials/verify.ts';
import { indexApps } from './policy/app-index.ts';
import type { Misfit } from './policy/match.ts';
import { readHost, readMethod } from './proxies/forwarded.ts';
import { defaultCookieRules } from './sessions/cookies.ts';
import type { App, Decision, ForwardedRequest, Rule } from './types.ts';

export type Somebody = {
  readonly user: string;
  readonly groups: readonly string[];
  readonly roles: readonly string[];
  /** `undefined`: that of the app's first provider. */
  readonly realm: string | undefined;
  readonly acr?: string | undefined;
};

export type Trial = { readonly request: ForwardedRequest; readonly who: Somebody | undefined };

export type Tried = {
  readonly decision: Decision;
  /** Every rule that was looked at, in turn, and why it did not decide. */
  readonly looked: readonly { readonly rule: Rule; readonly misfit: Misfit | undefined }[];
};

export type TriedConfig = {
  readonly apps: readonly App[];
  readonly providers: readonly { readonly name: string; readonly realm: string }[];
};

export type TrialAddress = {
  /** The client's address. */
  readonly from?: string | undefined;
  /** What `?app=` and `?groups=` of the address name that the proxy asks at. */
  readonly app?: string | undefined;
  readonly labelGroups?: readonly string[] | undefined;
};

/** @param text `GET https://lab.org/x?q=1`, to the letter: nothing of it is normalised. @returns what is wrong with it. */
export function readTrialRequest(
  text: string,
  { from, app, labelGroups }: TrialAddress = {},
): ForwardedRequest | string {
  const [, methodText = '', scheme, hostText = '', target] =
    /^([^ ]+) (https?):\/\/([^/?#]+)(\/.*)?$/.exec(text) ?? [];
  const method = readMethod(methodText);
  const host = readHost(hostText);
  if (labelGroups !== undefined && app === undefined)
    return 'label groups narrow an app that is named: say which';
  if (typeof method !== 'string' || 'outcome' in host)
    return `"${text}" is no request: write method and address, such as GET https://lab.org/grafana`;
  return {
    scheme: scheme === 'http' ? 'http' : 'https',
    isUpgrade: false,
    method,
    host,
    target: target ?? '/',
    clientAddress: from,
    headers: [],
    namedApp: app,
    namedGroups: labelGroups,
    requestId: 'trial',
  };
}

export function createTrials(config: TriedConfig): (trial: Trial) => Promise<Tried> {
  const policy = {
    apps: indexApps(config.apps),
    providerHeaders: new Map(),
    cookies: defaultCookieRules,
    now: () => 0,
  };
  return async ({ request, who }) => {
    const looked: { rule: Rule; misfit: Misfit | undefined }[] = [];
    const decision = await authorize(request, policy, verifyAs(who, config), (rule, misfit) => {
      looked.push({ rule, misfit });
    });
    return { decision, looked };
  };
}

function verifyAs(who: Somebody | undefined, { providers }: TriedConfig): Verify {
  return async (_credential, { app }) => {
    if (who === undefined) return { kind: 'absent' };
    const provider = providers.find(
      ({ name, realm }) => app.providers.includes(name) && (who.realm === undefined || realm === who.realm),
    );
    if (provider === undefined) return { kind: 'rejected', reason: 'provider_not_accepted' };
    const { user, groups, roles } = who;
    const identity = {
      id: user,
      username: user,
      groups,
      roles,
      email: undefined,
      name: undefined,
      claims: {},
    };
    return {
      kind: 'verified',
      identity: { ...identity, provider: provider.name, realm: provider.realm, expiresAt: undefined },
      // Just now.
      signIn: { authTimeMs: 0, acr: who.acr },
    };
  };
}
