// The part of MongoDB's query language that clients of the jobs' list use. An operator that is not here is refused.
import { isRecord } from '../http/exchange.ts';

export class BadFilter extends Error {}

type Operator = (actual: unknown, expected: unknown) => boolean;

const operators: Readonly<Record<string, Operator>> = {
  $eq: (actual, expected) => isDeepEqual(actual, expected),
  $ne: (actual, expected) => !isDeepEqual(actual, expected),
  $in: (actual, expected) => Array.isArray(expected) && expected.some((one) => isDeepEqual(actual, one)),
  $nin: (actual, expected) => Array.isArray(expected) && !expected.some((one) => isDeepEqual(actual, one)),
  $exists: (actual, expected) => (actual !== undefined) === expected,
  $gt: (actual, expected) => compare(actual, expected) > 0,
  $gte: (actual, expected) => compare(actual, expected) >= 0,
  $lt: (actual, expected) => compare(actual, expected) < 0,
  $lte: (actual, expected) => compare(actual, expected) <= 0,
};

/** @throws BadFilter for an operator that this backend does not know. */
export function matchesWhere(document: unknown, where: Readonly<Record<string, unknown>>): boolean {
  return Object.entries(where).every(([key, condition]) => {
    if (key === '$and') return branches(condition).every((branch) => matchesWhere(document, branch));
    if (key === '$or') return branches(condition).some((branch) => matchesWhere(document, branch));
    if (key.startsWith('$')) throw new BadFilter(`unknown top level operator: ${key}`);
    return matchesCondition(valueAt(document, key), condition);
  });
}

function matchesCondition(actual: unknown, condition: unknown): boolean {
  if (!isRecord(condition) || !Object.keys(condition).some((key) => key.startsWith('$'))) {
    return isDeepEqual(actual, condition);
  }
  return Object.entries(condition).every(([name, expected]) => {
    const operator = operators[name];
    if (operator === undefined) throw new BadFilter(`unknown operator: ${name}`);
    return operator(actual, expected);
  });
}

/** `{"createdAt":-1}`: the first key counts most. */
export function sortBy<Document>(
  documents: readonly Document[],
  sort: Readonly<Record<string, unknown>>,
): Document[] {
  const keys = Object.entries(sort);
  return documents.toSorted((left, right) => {
    for (const [key, direction] of keys) {
      const order = compare(valueAt(left, key), valueAt(right, key));
      if (order !== 0) return direction === -1 || direction === 'desc' ? -order : order;
    }
    return 0;
  });
}

function valueAt(document: unknown, path: string): unknown {
  return path
    .split('.')
    .reduce<unknown>((value, key) => (isRecord(value) ? value[key] : undefined), document);
}

function branches(condition: unknown): readonly Readonly<Record<string, unknown>>[] {
  if (!Array.isArray(condition) || condition.length === 0)
    throw new BadFilter('$and/$or must be a nonempty array');
  return condition.filter(isRecord);
}

function compare(left: unknown, right: unknown): number {
  if (typeof left === 'number' && typeof right === 'number') return left - right;
  if (typeof left === 'string' && typeof right === 'string') return left < right ? -1 : left > right ? 1 : 0;
  return Number.NaN;
}

function isDeepEqual(left: unknown, right: unknown): boolean {
  if (Array.isArray(left) && !Array.isArray(right)) return left.some((one) => isDeepEqual(one, right));
  return JSON.stringify(left ?? null) === JSON.stringify(right ?? null);
}
