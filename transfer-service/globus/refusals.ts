// What an answer of Globus that is no success means: try again later, or never. By status and code, never by the
// message's text. Pure.
import type { z } from 'zod';
import { type OutgoingAnswer, parseJson } from '../../platform/outgoing.ts';
import { Unavailable } from '../../platform/unavailable.ts';
import type { PermanentRefusal } from '../types.ts';
import { errorAnswer } from './answers.ts';

/** The scopes that a 403 ConsentRequired asks for. */
export function scopesToConsent(answer: OutgoingAnswer): readonly string[] | undefined {
  const error = readError(answer);
  if (answer.status !== 403 || error?.code !== 'ConsentRequired') return undefined;
  return scopesOf(error);
}

/** Wherever they are named. */
function scopesOf({ authorization_parameters: parameters, ...error }: z.output<typeof errorAnswer>) {
  const scopes = [error, parameters ?? {}].flatMap(
    ({ required_scopes: several = [], required_scope: one }) =>
      one === undefined ? several : [...several, one],
  );
  return [...new Set(scopes)];
}

/** @throws Unavailable when it says nothing about the request: not Globus's own error, no access at all, a full queue. */
export function refusalOf(answer: OutgoingAnswer): PermanentRefusal {
  const error = readError(answer);
  if (error === undefined) {
    throw outage('bad_answer', `globus answered ${answer.status} without an error code of its own`);
  }
  if (answer.status === 401) {
    throw outage('misconfigured', `globus refuses a token that it has just issued (${error.code})`);
  }
  if (busyCodes.has(error.code)) throw outage('busy', `globus takes no more at present (${error.code})`, 60);
  const scopes = scopesOf(error);
  return {
    ...{ kind: 'refused', code: error.code, message: error.message.slice(0, 1000) },
    ...(scopes.length === 0 ? {} : { scopes }),
  };
}

/** Some 100 tasks an identity may be open at a time. */
const busyCodes: ReadonlySet<string> = new Set([
  'ClientError.Conflict.TooManyPendingJobs',
  'TooManyPendingJobs',
]);

function readError(answer: OutgoingAnswer) {
  if (answer.status < 400 || answer.status > 499) return undefined;
  return errorAnswer.safeParse(parseJson(answer.body)).data;
}

function outage(
  reason: 'bad_answer' | 'misconfigured' | 'busy',
  message: string,
  retryAfterSeconds = 30,
): Unavailable {
  return new Unavailable({ dependency: 'globus', reason, message, retryAfterSeconds });
}
