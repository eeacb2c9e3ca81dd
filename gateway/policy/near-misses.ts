// Names of a user that almost are what a rule asks for, or the address with groups that a proxy asks at: read from the
// decision that refused them. Pure.
import type { Forbid, ForwardedRequest, Identity, Requirement } from '../types.ts';

type Names = { readonly kind: 'user' | 'group' | 'role'; readonly names: readonly string[] };

/** @returns a sentence for each, for the admin; none where the decision refused for another reason. */
export function nearMisses(
  { reason, rule, identity }: Forbid,
  { namedGroups = [] }: Pick<ForwardedRequest, 'namedGroups'>,
): readonly string[] {
  if (reason === 'not_in_label_groups' && identity !== undefined)
    return compareAll(identity, [{ kind: 'group', names: namedGroups }], '?groups=');
  if (reason !== 'not_permitted' || rule?.allow.kind !== 'who' || identity === undefined) return [];
  const { allow } = rule;
  if (allow.realms !== 'any' && !allow.realms.has(identity.realm))
    return [`the realm is "${identity.realm}", the rule is for ${quoteAll([...allow.realms])}`];
  return compareAll(identity, wantedBy(allow), 'the rule');
}

/** @param by what asks for them, in the admin's words. */
function compareAll(identity: Identity, wanted: readonly Names[], by: string): readonly string[] {
  const sentences = wanted.flatMap((names) =>
    heldBy(identity).flatMap((held) => compareNames(held, names, by)),
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

function compareNames(held: Names, wanted: Names, by: string): readonly string[] {
  return held.names.flatMap((has) =>
    wanted.names.flatMap((wants) => {
      if (held.kind !== wanted.kind)
        return has === wants ? [`"${has}" is a ${held.kind} here, and a ${wanted.kind} in ${by}`] : [];
      const difference = differenceOf(has, wants);
      return difference === undefined
        ? []
        : [`the ${held.kind} is "${has}", ${by} has "${wants}": ${difference}`];
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
