// A secret in a configuration file: where it is, never what it is. `file:/path`, `env:NAME`, or, for tests only
// and in so many words, `test-only:value`.
import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';

/** What a secret's place is resolved with; main.ts gives the real file system and environment. */
export type SecretSources = {
  /** @param encoding `base64` for a file that is no text; without: UTF-8. */
  readonly readFile: (path: string, encoding?: 'base64') => string;
  readonly environment: Readonly<Record<string, string | undefined>>;
};

/** Its value cannot be printed by accident: JSON, template strings and inspect show the place only. */
export class Secret {
  readonly #value: string;
  readonly place: string;

  constructor(place: string, value: string) {
    this.place = place;
    this.#value = value;
  }

  reveal(): string {
    return this.#value;
  }

  toJSON(): string {
    return `[secret from ${this.place}]`;
  }

  toString(): string {
    return this.toJSON();
  }
}

/** Whether two configurations say the same, their secrets among it. */
export function isSameConfig(one: unknown, other: unknown): boolean {
  return isDeepStrictEqual(revealed(one), revealed(other));
}

/** For comparison only: it is never kept. */
function revealed(value: unknown): unknown {
  if (value instanceof Secret) return { secret: value.reveal() };
  if (Array.isArray(value)) return value.map(revealed);
  if (typeof value !== 'object' || value === null || Object.getPrototypeOf(value) !== Object.prototype)
    return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, revealed(inner)]));
}

/** A key that holds a secret; each wrong place is a complaint at that key. */
export function secretSchema(sources: SecretSources) {
  return z
    .string()
    .transform((reference, context) => {
      const resolved = resolve(reference, sources);
      if (resolved instanceof Secret) return resolved;
      context.addIssue({ code: 'custom', message: resolved });
      return z.NEVER;
    })
    .meta({ description: 'A secret: `file:/path` or `env:NAME`' });
}

function resolve(reference: string, sources: SecretSources): Secret | string {
  const colon = reference.indexOf(':');
  const rest = reference.slice(colon + 1);
  switch (colon < 0 ? '' : reference.slice(0, colon)) {
    case 'file':
      return fromFile(rest, sources);
    case 'env':
      return fromEnvironment(rest, sources);
    case 'test-only':
      return new Secret('a literal, for tests only', rest);
    default:
      return 'a secret does not stand in this file: write file:/path or env:NAME';
  }
}

function fromFile(path: string, sources: SecretSources): Secret | string {
  try {
    const value = sources.readFile(path).replace(/\r?\n$/, '');
    return value === '' ? `the file ${path} is empty` : new Secret(`file:${path}`, value);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'error';
    return `the file ${path} cannot be read (${code})`;
  }
}

function fromEnvironment(name: string, sources: SecretSources): Secret | string {
  const value = sources.environment[name];
  if (value === undefined || value === '') return `the environment variable ${name} is not set`;
  return new Secret(`env:${name}`, value);
}
