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

/**
 * The value at a path; own keys only, so that `constructor` is nobody's claim. Keys that hold dots themselves, such as
 * `https://lab.org/groups` or a client's name below `resource_access`, are found as they stand there.
 */
export function valueAt(claims: unknown, path: string): unknown {
  if (typeof claims !== 'object' || claims === null) return undefined;
  if (Object.hasOwn(claims, path)) return Reflect.get(claims, path);
  for (let dot = path.lastIndexOf('.'); dot > 0; dot = path.lastIndexOf('.', dot - 1)) {
    const key = path.slice(0, dot);
    const value = Object.hasOwn(claims, key)
      ? valueAt(Reflect.get(claims, key), path.slice(dot + 1))
      : undefined;
    if (value !== undefined) return value;
  }
  return undefined;
}

/** A single string that is not empty; anything else is none. */
export function textAt(claims: Claims, path: string | undefined): string | undefined {
  const value = path === undefined ? undefined : valueAt(claims, path);
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/**
 * A list's strings, each once; a single string is a list of one; anything else is none.
 * @param separator where a single string holds several: what stands between them.
 */
export function listAt(claims: Claims, path: string | undefined, separator?: string): readonly string[] {
  const value = path === undefined ? undefined : valueAt(claims, path);
  if (typeof value === 'string') return distinct(split(value, separator));
  return Array.isArray(value) ? distinct(value.filter((item) => typeof item === 'string')) : [];
}

function split(text: string, separator: string | undefined): readonly string[] {
  return separator === undefined ? [text] : text.split(separator).map((item) => item.trim());
}

function distinct(items: readonly string[]): readonly string[] {
  return [...new Set(items.filter((item) => item !== ''))];
}
