// Holds an answer against a recorded one, field by field, where ids, times and tokens are those of another run:
// each recorded id stands for exactly one id of this run, times and tokens only have to be some.
import assert from 'node:assert/strict';

export type Aliases = {
  /** The text with every recorded id replaced by the one of this run that it stands for. */
  translateText(text: string): string;
  assertSame(actual: unknown, recorded: unknown): void;
};

const uuid = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/;
const objectId = /^[0-9a-f]{24}$/;
const time = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;
/** The day of the recordings' own run; any other time was sent by the client, and is echoed. */
const timeOfTheRun = /^2026-11-\d\dT/;
const token = /^[\w-]+\.[\w-]+\.[\w-]+$/;

export function createAliases(): Aliases {
  const known = new Map<string, string>();
  return {
    translateText: (text) => text.replaceAll(new RegExp(uuid, 'g'), (id) => known.get(id) ?? id),
    assertSame: (actual, recorded) => assert.deepEqual(inTermsOf(known, actual, recorded), recorded),
  };
}

/** The actual value with the recorded id, time or token in each place where it may stand for the actual one. */
function inTermsOf(known: Map<string, string>, actual: unknown, recorded: unknown): unknown {
  if (typeof actual === 'string' && typeof recorded === 'string')
    return textInTermsOf(known, actual, recorded);
  if (Array.isArray(actual) && Array.isArray(recorded)) {
    return actual.map((item, index) => inTermsOf(known, item, recorded[index]));
  }
  if (!isObject(actual) || !isObject(recorded)) return actual;
  const entries = Object.entries(actual);
  return Object.fromEntries(entries.map(([key, value]) => [key, inTermsOf(known, value, recorded[key])]));
}

function textInTermsOf(known: Map<string, string>, actual: string, recorded: string): string {
  if (recorded === '<jwt>') return token.test(actual) ? recorded : actual;
  if (timeOfTheRun.test(recorded)) return time.test(actual) ? recorded : actual;
  if (objectId.test(recorded))
    return objectId.test(actual) && isAlias(known, recorded, actual) ? recorded : actual;
  const [actualId, recordedId] = [uuid.exec(actual)?.[0], uuid.exec(recorded)?.[0]];
  if (actualId === undefined || recordedId === undefined) return actual;
  return isAlias(known, recordedId, actualId) ? actual.replace(actualId, recordedId) : actual;
}

function isAlias(known: Map<string, string>, recorded: string, actual: string): boolean {
  const alias = known.get(recorded);
  if (alias === undefined && [...known.values()].includes(actual)) return false;
  if (alias === undefined) known.set(recorded, actual);
  return known.get(recorded) === actual;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
