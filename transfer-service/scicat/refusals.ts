// What an answer of SciCat that is no success means: a refusal that will stand, or an outage. By status and shape,
// never by the message's text. Pure.
import { type OutgoingAnswer, parseAnswer, parseJson } from '../../platform/outgoing.ts';
import { type OutageReason, Unavailable } from '../../platform/unavailable.ts';
import type { PermanentRefusal } from '../types.ts';
import { refusalAnswer } from './answers.ts';

export function isSuccess({ status }: OutgoingAnswer): boolean {
  return status >= 200 && status <= 299;
}

/**
 * Of a change whose answer is not read any further.
 * @throws Unavailable for a success that is not SciCat's own: a page to sign in, of something in between.
 */
export function isDone(answer: OutgoingAnswer): boolean {
  if (!isSuccess(answer)) return false;
  const said: unknown = answer.body === '' ? {} : parseJson(answer.body);
  if (typeof said === 'object' && said !== null && !Array.isArray(said)) return true;
  throw outage('bad_answer', `scicat answered ${answer.status} with something that is no JSON object`);
}

/** SciCat's own 404, not that of something in between. */
export function isMissing(answer: OutgoingAnswer): boolean {
  return answer.status === 404 && refusalOf(answer).kind === 'refused';
}

/** For reads: what SciCat refuses the service account is an account without the rights it needs. */
export function succeeded<Schema extends Parameters<typeof parseAnswer>[1]>(
  answer: OutgoingAnswer,
  schema: Schema,
) {
  if (isSuccess(answer)) return parseAnswer('scicat', schema, answer);
  throw unreadable(answer);
}

/** What stands in the way of a read that was not answered as one. */
export function unreadable(answer: OutgoingAnswer): Unavailable {
  const { code } = refusalOf(answer);
  if (answer.status !== 403)
    return outage('bad_answer', `scicat refused what it has no reason to refuse (${code})`);
  return outage(
    'misconfigured',
    `scicat does not let the service account read (${code}): it needs ADMIN_GROUPS`,
  );
}

/** @throws Unavailable for what is no refusal of SciCat's: another body, or a 401 for a login just made. */
export function refusalOf(answer: OutgoingAnswer): PermanentRefusal {
  const refusal = refusalAnswer.safeParse(parseJson(answer.body));
  const isRefusal = answer.status >= 400 && answer.status <= 499 && answer.status !== 401;
  if (!isRefusal || !refusal.success) {
    throw outage('bad_answer', `scicat answered ${answer.status} without a reason of its own`);
  }
  const message = [refusal.data.message].flat().join('; ').slice(0, 1000);
  return { kind: 'refused', code: `scicat_${answer.status}`, message };
}

export function outage(reason: OutageReason, message: string): Unavailable {
  return new Unavailable({ dependency: 'scicat', reason, message, retryAfterSeconds: 30 });
}
