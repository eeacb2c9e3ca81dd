// Names of a user that almost are what a rule asks for: read from the decision that refused them. Pure.
import type { Forbid, Identity, Requirement } from '../types.ts';

type Names = { readonly kind: 'user' | 'group' | 'role'; readonly names: readonly string[] };

/** @returns a sentence for each, for the admin; none where the decision refused for another reason. */
export function nearMisses({ reason, rule, identity }: Forbid): readonly string[] {
  if (reason !== 'not_permitted' || rule?.allow.kind !== 'who' || identity === undefined) return [];
  const { allow } = rule;
  if (allow.realms !== 'any' && !allow.realms.has(identity.realm))
    return [`the realm is "${identity.realm}", the rule is for ${quoteAll([...allow.realms])}`];
  const sentences = wantedBy(allow).flatMap((wanted) =>
    heldBy(identity).flatMap((held) => compareNames(held, wanted)),
  );
  return [...new Set(sentences)];
}

function wantedBy({ users, groups, roles }: Extract<Requirement, { kind: 'who' }>): readonly Names[] {
  return [
    { kind: 'user', names: [...users] },
    { kind: 'group', names: [...groups] },
    { kind: 'role', names: [...roles] },
  ];
}

function heldBy({ username, groups, roles }: Identity): readonly Names[] {
  return [
    { kind: 'user', names: [username] },
    { kind: 'group', names: groups },
    { kind: 'role', names: roles },
  ];
}

function compareNames(held: Names, wanted: Names): readonly string[] {
  return held.names.flatMap((has) =>
    wanted.names.flatMap((wants) => {
      if (held.kind !== wanted.kind)
        return has === wants ? [`"${has}" is a ${held.kind} here, and a ${wanted.kind} in the rule`] : [];
      const difference = differenceOf(has, wants);
      return difference === undefined
        ? []
        : [`the ${held.kind} is "${has}", the rule has "${wants}": ${difference}`];
    }),
  );
}

function differenceOf(has: string, wants: string): string | undefined {
  const [a, b] = [has.trim(), wants.trim()];
  if (a === b) return 'a space';
  if (a.toLowerCase() === b.toLowerCase()) return 'another case';
  const [bareA, bareB] = [a, b].map((name) => name.replace(/^\/+|\/+$/g, '').toLowerCase());
  if (bareA === bareB) return 'a slash';
  if (bareA === undefined || bareB === undefined || bareA === '' || bareB === '') return undefined;
  const [short, long] = bareA.length < bareB.length ? [bareA, bareB] : [bareB, bareA];
  const isPart = [...'/:_-.@'].some((mark) => long.startsWith(short + mark) || long.endsWith(mark + short));
  return isPart ? 'one is part of the other' : undefined;
}

function quoteAll(names: readonly string[]): string {
  return names.map((name) => `"${name}"`).join(', ');
}
