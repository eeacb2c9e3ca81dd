// Scope strings of Globus Auth: `scope[*dependent other[...]]`, several apart by spaces.

export type Scope = {
  readonly name: string;
  /** `*`: the dependent scope may be revoked alone. */
  readonly isOptional: boolean;
  readonly dependents: readonly Scope[];
};

/** @returns undefined where the text is no list of scopes. */
export function parseScopes(text: string): readonly Scope[] | undefined {
  const reader = { rest: text.trim() };
  const scopes = readScopes(reader);
  return scopes.length > 0 && reader.rest === '' ? scopes : undefined;
}

function readScopes(reader: { rest: string }): readonly Scope[] {
  const scopes: Scope[] = [];
  for (;;) {
    const found = /^\s*(\*?)([^\s[\]*]+)/.exec(reader.rest);
    if (found === null) return scopes;
    reader.rest = reader.rest.slice(found[0].length);
    const dependents = readDependents(reader);
    if (dependents === undefined) return [];
    scopes.push({ name: found[2] ?? '', isOptional: found[1] === '*', dependents });
  }
}

function readDependents(reader: { rest: string }): readonly Scope[] | undefined {
  if (!reader.rest.startsWith('[')) return [];
  reader.rest = reader.rest.slice(1);
  const dependents = readScopes(reader);
  const end = /^\s*\]/.exec(reader.rest);
  if (end === null || dependents.length === 0) return undefined;
  reader.rest = reader.rest.slice(end[0].length);
  return dependents;
}

export const transferScope = 'urn:globus:auth:scope:transfer.api.globus.org:all';

export function dataAccessScope(collectionId: string): string {
  return `https://auth.globus.org/scopes/${collectionId}/data_access`;
}
