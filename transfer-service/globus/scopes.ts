// Globus scopes as text: joined for a token request, and found again in Globus Auth's complaint. Pure.
import { z } from 'zod';

/** What every call of the Transfer API needs. */
export const transferScope = 'urn:globus:auth:scope:transfer.api.globus.org:all';

/** `a[*x]`, `a[*y]` -> `a[*x *y]`: a scope that is asked for once carries all of its dependent scopes. */
export function joinScopes(scopes: readonly string[]): string {
  const dependents = new Map<string, Set<string>>([[transferScope, new Set()]]);
  for (const scope of scopes) {
    const { base, dependent } = splitScope(scope);
    const known = dependents.get(base) ?? new Set();
    for (const one of dependent) known.add(one);
    dependents.set(base, known);
  }
  return [...dependents]
    .map(([base, of]) => (of.size === 0 ? base : `${base}[${[...of].join(' ')}]`))
    .join(' ');
}

const scopeProblem = z.object({
  error: z.string().optional(),
  errors: z.array(z.object({ code: z.string().optional(), detail: z.string() })).default([]),
});

/**
 * Which of the scopes that were asked for Globus Auth does not know, by its answer: `errors[].detail` of an
 * UNKNOWN_SCOPE_ERROR reads `requested unknown scopes: ['<scope>', ...]`. It may name the dependent scope alone.
 */
export function unknownScopes(answer: unknown, asked: readonly string[]): readonly string[] {
  const parsed = scopeProblem.safeParse(answer);
  if (!parsed.success) return [];
  const named = parsed.data.errors
    .filter((problem) => problem.code === 'UNKNOWN_SCOPE_ERROR')
    .flatMap((problem) =>
      [...problem.detail.matchAll(/['"]([^'"]+)['"]/g)].map((match) => withoutStar(match[1] ?? '')),
    );
  return asked.filter((scope) => {
    const names = new Set([scope, ...splitScope(scope).dependent.map(withoutStar)]);
    return named.some(
      (name) => names.has(name) || splitScope(name).dependent.some((one) => names.has(withoutStar(one))),
    );
  });
}

function splitScope(scope: string): { readonly base: string; readonly dependent: readonly string[] } {
  const match = /^(?<base>[^[\]\s]+)\[(?<dependent>[^[\]]*)\]$/.exec(scope.trim());
  const { base, dependent } = match?.groups ?? {};
  if (base === undefined || dependent === undefined) return { base: scope.trim(), dependent: [] };
  return { base, dependent: dependent.split(/\s+/).filter((one) => one !== '') };
}

function withoutStar(scope: string): string {
  return scope.replace(/^\*/, '');
}
