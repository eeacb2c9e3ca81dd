// What every endpoint of the simulated backend works with, and who a request's caller is.
import { isRecord, type Question } from '../http/exchange.ts';
import { type Store, type StoredUser, userById } from './store.ts';
import type { Tokens } from './tokens.ts';
import type { ScicatGroups } from './types.ts';

export type Backend = {
  readonly store: Store;
  readonly tokens: Tokens;
  readonly groups: ScicatGroups;
  readonly tokenLifetimeSeconds: number;
  readonly limitsBeforeSkip: boolean;
  /** When the backend was started: defaults of its dataset lifecycle are of that moment. */
  readonly startedAt: string;
};

export type ScicatCaller =
  /** No token, or one that is not valid: for the backend the same. */
  | { readonly kind: 'nobody' }
  | {
      readonly kind: 'somebody';
      readonly username: string;
      readonly email: string;
      readonly groups: readonly string[];
      /** undefined: well signed, for nobody that the backend knows. */
      readonly stored: StoredUser | undefined;
    };

/** Groups are those of this moment, not those of the token's. */
export async function readCaller(backend: Backend, question: Question): Promise<ScicatCaller> {
  const claims = await backend.tokens.read(question.headers.authorization);
  if (claims === undefined) return { kind: 'nobody' };
  const stored = userById(backend.store, claims._id);
  if (stored !== undefined) {
    const { username, email } = stored.user;
    return { kind: 'somebody', username, email, groups: stored.groups, stored };
  }
  const groups = Array.isArray(claims.groups) ? claims.groups.filter(isText) : [];
  return {
    kind: 'somebody',
    username: textOf(claims.username),
    email: textOf(claims.email),
    groups,
    stored,
  };
}

export function isMember(caller: ScicatCaller, groups: readonly string[]): boolean {
  return caller.kind === 'somebody' && caller.groups.some((group) => groups.includes(group));
}

export function isAdmin(backend: Backend, caller: ScicatCaller): boolean {
  return isMember(caller, backend.groups.admin);
}

/** The body as an object; anything else has no properties, and is refused for the ones it lacks. */
export function bodyRecord(question: Question): Readonly<Record<string, unknown>> {
  try {
    const body: unknown = JSON.parse(question.body === '' ? '{}' : question.body);
    return isRecord(body) ? body : {};
  } catch {
    return {};
  }
}

function isText(value: unknown): value is string {
  return typeof value === 'string';
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
