// What a provider said of a user -> an identity: which claim is the name, which are the groups. Pure.

export type Claims = Readonly<Record<string, unknown>>;

/** Where in the claims each part of an identity stands: paths with dots, such as `profile.accessGroups`. */
export type ClaimPaths = {
  readonly id: string;
  readonly username: string;
  readonly groups: string | undefined;
  readonly roles: string | undefined;
  readonly email: string | undefined;
  readonly name: string | undefined;
};

/** The value at a path; own keys only, so that `constructor` is nobody's claim. */
export function valueAt(claims: Claims, path: string): unknown {
  return path.split('.').reduce<unknown>((value, key) => {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined;
    return Reflect.get(value, key);
  }, claims);
}

/** A single string that is not empty; anything else is none. */
export function textAt(claims: Claims, path: string | undefined): string | undefined {
  const value = path === undefined ? undefined : valueAt(claims, path);
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** A list's strings, each once; a single string is a list of one; anything else is none. */
export function listAt(claims: Claims, path: string | undefined): readonly string[] {
  const value = path === undefined ? undefined : valueAt(claims, path);
  if (typeof value === 'string') return value === '' ? [] : [value];
  if (!Array.isArray(value)) return [];
  return [...new Set(value.filter((item) => typeof item === 'string' && item !== ''))];
}
