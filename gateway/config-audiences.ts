// `acceptTokensFor` of an app -> for each of its OIDC providers the audiences that are left, or what is wrong. Pure.
import { type AppContext, unknownName } from './config-rules.ts';

export function compileAudiences(
  { name, entry, file, complain }: AppContext,
  providers: readonly string[],
): ReadonlyMap<string, ReadonlySet<string>> {
  if (entry.acceptTokensFor === undefined) return new Map();
  const path = ['apps', name, 'acceptTokensFor'];
  const wanted = new Set(entry.acceptTokensFor);
  const accepted = new Map(
    providers.flatMap((provider) => {
      const issuer = file.providers[provider];
      return issuer?.kind === 'oidc' && issuer.acceptTokensFor !== undefined
        ? [[provider, new Set(issuer.acceptTokensFor)] as const]
        : [];
    }),
  );
  if (accepted.size === 0) complain(path, 'none of its providers is of kind oidc: no token has an audience');
  const known = [...new Set([...accepted.values()].flatMap((audiences) => [...audiences]))];
  for (const [index, audience] of entry.acceptTokensFor.entries()) {
    if (accepted.size > 0 && !known.includes(audience))
      complain([...path, index], unknownName('audience', audience, known));
  }
  const left = new Map(
    [...accepted].map(([provider, audiences]) => [provider, audiences.intersection(wanted)]),
  );
  for (const [provider, audiences] of left) {
    if (audiences.size === 0)
      complain(
        path,
        `none of these is among acceptTokensFor of ${provider}: leave it out of the app's providers`,
      );
  }
  return left;
}
