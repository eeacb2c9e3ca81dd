// Reads a user's claims from a file as a provider of the configuration would: for `beamgate explain --claims`.
import type { Provider } from '../gateway/config-providers.ts';
import { decodeToken } from '../gateway/credentials/jwt.ts';
import type { Claims } from '../gateway/identity/claims.ts';
import { readClaims } from '../gateway/identity/read-claims.ts';
import type { Somebody } from '../gateway/trial-credential.ts';
import { parseJson } from '../platform/outgoing.ts';

export type ReadSomebody = {
  /** `undefined`: the claims name nobody, or cannot be read. */
  readonly who: Somebody | undefined;
  readonly lines: readonly string[];
};

/**
 * @param text a JSON object (an ID token's payload, userinfo, SciCat's identity), or a token, which is not verified.
 * @param name of the provider; `undefined`: the only one.
 */
export function readSomebody(
  text: string,
  name: string | undefined,
  providers: readonly Provider[],
): ReadSomebody {
  const claims = parseClaims(text.trim());
  if (claims === undefined)
    return nobody('--claims: neither a JSON object nor a token whose payload can be read');
  const [only, ...others] = providers.filter((provider) => name === undefined || provider.name === name);
  if (only === undefined || others.length > 0) {
    const known = providers.map((provider) => provider.name).join(', ');
    return nobody(`--provider says which provider the claims are of: one of ${known}`);
  }
  const read = readClaims(claims, only.claims);
  if (read.kind === 'unknown') return nobody(`${only.name} names nobody (${read.reason}): ${read.detail}`);
  const { username, groups, roles, email, name: fullName, claimProblems = [] } = read.person;
  const parts = { groups: groups.join(', '), roles: roles.join(', '), email, name: fullName };
  const said = Object.entries(parts).map(([key, value]) => `  ${key}: ${value ?? ''}`);
  const problems = claimProblems.map((problem) => `  ${problem}`);
  return {
    who: { user: username, groups, roles, realm: only.realm, person: read.person },
    lines: [`${username} of realm ${only.realm}`, ...said, ...problems],
  };
}

function parseClaims(text: string): Claims | undefined {
  const value = text.startsWith('{') ? parseJson(text) : decodeToken(text)?.payload;
  return typeof value === 'object' && value !== null ? { ...value } : undefined;
}

function nobody(line: string): ReadSomebody {
  return { who: undefined, lines: [line] };
}
