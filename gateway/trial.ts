// What the gateway would decide of a request, for `tests:` and `beamgate explain`: the decision itself, by the same
// function as a real one's; only who is there is said, and nobody is asked.
import { generateKeyPairSync } from 'node:crypto';
import { createAssertions, type SigningKeys } from './assertion.ts';
import { authorize } from './authorize.ts';
import { createPassports } from './passport.ts';
import { indexApps } from './policy/app-index.ts';
import type { Misfit } from './policy/match.ts';
import { readHost, readMethod } from './proxies/forwarded.ts';
import { findForeignIdentity } from './proxies/from-outside.ts';
import { valuesOf } from './proxies/headers.ts';
import type { CookieRules } from './sessions/cookies.ts';
import {
  presentCredential,
  providerHeadersOf,
  type Somebody,
  type TrialProvider,
  verifyAs,
} from './trial-credential.ts';
import type { App, CredentialKind, Decision, ForwardedRequest, RawHeaders, Rule } from './types.ts';

export type Trial = {
  readonly request: ForwardedRequest;
  readonly who: Somebody | undefined;
  /** How they prove it; `undefined`: in whatever way the rule reads. */
  readonly credential?: CredentialKind | undefined;
};

export type Tried = {
  readonly decision: Decision;
  /** Every rule that was looked at, in turn, and why it did not decide. */
  readonly looked: readonly { readonly rule: Rule; readonly misfit: Misfit | undefined }[];
};

export type TriedConfig = {
  readonly publicUrl: string;
  readonly apps: readonly App[];
  readonly providers: readonly TrialProvider[];
  readonly cookies: CookieRules;
};

export type TrialAddress = {
  /** The client's address. */
  readonly from?: string | undefined;
  /** What `?app=` and `?groups=` of the address name that the proxy asks at. */
  readonly app?: string | undefined;
  readonly labelGroups?: readonly string[] | undefined;
  /** The client's own. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
};

/** @param text `GET https://lab.org/x?q=1`, to the letter: nothing of it is normalised. @returns what is wrong with it. */
export function readTrialRequest(
  text: string,
  { from, app, labelGroups, headers = {} }: TrialAddress = {},
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
    headers: Object.entries(headers).flat(),
    namedApp: app,
    namedGroups: labelGroups,
    requestId: 'trial',
  };
}

export function createTrials(config: TriedConfig): (trial: Trial) => Promise<Tried> {
  const { providers, cookies, publicUrl: issuer } = config;
  const providerHeaders = providerHeadersOf(providers);
  const policy = { apps: indexApps(config.apps), providerHeaders, cookies, now: () => 0 };
  const site = { credentialHeaders: ['authorization', 'cookie', ...providerHeaders.keys()] };
  const keys = makeTrialKeys();
  return async ({ request: asked, who, credential }) => {
    const presented = credential === undefined ? [] : presentCredential(credential, asked, config);
    const request = { ...asked, headers: [...asked.headers, ...presented] };
    const looked: { rule: Rule; misfit: Misfit | undefined }[] = [];
    const foreign = findForeignIdentity(request.headers, { isOverwritten: true });
    if (foreign !== undefined) return { decision: foreign, looked };
    const isPresented =
      credential !== undefined || valuesIn(request.headers, site.credentialHeaders).length > 0;
    const verify = verifyAs(who, providers, isPresented);
    const decision = await authorize(request, policy, verify, (rule, misfit) => {
      looked.push({ rule, misfit });
    });
    if (decision.outcome !== 'allow') return { decision, looked };
    const assertions = createAssertions({ issuer, ttlSeconds: 60, keys: keys() });
    const passport = createPassports({ assertions, site }).issue(decision, request);
    return { decision: 'outcome' in passport ? passport : decision, looked };
  };
}

function valuesIn(headers: RawHeaders, names: readonly string[]): readonly string[] {
  return names.flatMap((name) => valuesOf(headers, name));
}

/** Made where somebody is let in: an assertion of it is as long as a real one, and good for nothing. */
function makeTrialKeys(): () => SigningKeys {
  let made: SigningKeys | undefined;
  return () => {
    if (made !== undefined) return made;
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const key = { kid: 't'.repeat(43), privateKey, publicJwk: { kty: 'EC' } };
    made = { signing: () => key, published: () => [] };
    return made;
  };
}
