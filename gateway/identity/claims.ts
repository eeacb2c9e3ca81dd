// Finds a claim by its path, and reads the shapes in which providers write one value or several. Pure.

export type Claims = Readonly<Record<string, unknown>>;

/**
 * The value at a path with dots, such as `profile.accessGroups`; own keys only, so that `constructor` is nobody's claim.
 * Keys that hold dots themselves, such as `https://lab.org/groups` or a client's name below `resource_access`, are found
 * as they are written.
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

/** A string that is not empty, a whole number as text, or a list of exactly one of these; `undefined` otherwise. */
export function textAt(claims: Claims, path: string | undefined): string | undefined {
  const value = path === undefined ? undefined : valueAt(claims, path);
  return Array.isArray(value) ? (value.length === 1 ? textOf(value[0]) : undefined) : textOf(value);
}

export type ReadList = {
  /** Each once; empty strings are left out. */
  readonly items: readonly string[];
  /** What was there and cannot be used, in words that do not quote it: `an object`. */
  readonly unusable: readonly string[];
};

/**
 * Several values: the strings and whole numbers of a list, one string or number, or the keys of an object whose keys are
 * the values (Zitadel's roles). A key whose value is false, null or empty is not granted.
 * @param separator splits a single string; without it the string is one value.
 */
export function readListAt(claims: Claims, path: string, separator?: string): ReadList {
  const value = valueAt(claims, path);
  if (value === undefined || value === null) return nothing;
  if (typeof value === 'string') return { ...nothing, items: distinct(split(value, separator)) };
  if (Array.isArray(value)) return readItems(value);
  if (typeof value === 'object')
    return { ...nothing, items: distinct(Object.keys(value).filter((key) => isGranted(value, key))) };
  return readItems([value]);
}

/** The values at a path, where nobody asks what could not be used. */
export function listAt(claims: Claims, path: string): readonly string[] {
  return readListAt(claims, path).items;
}

/** Says what a value is without quoting it. */
export function describeShape(value: unknown): string {
  if (value === undefined) return 'missing';
  if (value === null) return 'null';
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : `a list of ${value.length}`;
  if (typeof value === 'string') return value.trim() === '' ? 'an empty text' : 'a text';
  if (typeof value === 'number')
    return Number.isInteger(value) ? 'a number beyond 2^53, which JSON rounds' : 'a fraction';
  return typeof value === 'boolean' ? 'true or false' : 'an object';
}

const nothing: ReadList = { items: [], unusable: [] };

function readItems(list: readonly unknown[]): ReadList {
  const unusable = list.filter((item) => item !== '' && textOf(item) === undefined);
  return {
    items: distinct(list.flatMap((item) => textOf(item) ?? [])),
    unusable: [...new Set(unusable.map(describeShape))],
  };
}

/** Beyond the safe integers two users' numbers would become one. */
function textOf(value: unknown): string | undefined {
  if (typeof value === 'number') return Number.isSafeInteger(value) ? String(value) : undefined;
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function isGranted(object: object, key: string): boolean {
  const value: unknown = Reflect.get(object, key);
  if (typeof value === 'object' && value !== null) return Object.keys(value).length > 0;
  return value !== false && value !== null && value !== '';
}

function split(text: string, separator: string | undefined): readonly string[] {
  return separator === undefined ? [text] : text.split(separator).map((item) => item.trim());
}

function distinct(items: readonly string[]): readonly string[] {
  return [...new Set(items.filter((item) => item !== ''))];
}
