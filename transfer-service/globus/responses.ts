// Reads responses of the Transfer API where Globus has no reason to refuse. Pure.
import { type OutgoingAnswer, parseAnswer } from '../../platform/outgoing.ts';
import { Unavailable } from '../../platform/unavailable.ts';
import { refusalOf } from './refusals.ts';

export function isSuccess({ status }: OutgoingAnswer): boolean {
  return status >= 200 && status <= 299;
}

/** @throws Unavailable where it is refused all the same. */
export function succeeded<Schema extends Parameters<typeof parseAnswer>[1]>(
  answer: OutgoingAnswer,
  schema: Schema,
) {
  if (!isSuccess(answer)) throw unexpected(refusalOf(answer).code);
  return parseAnswer('globus', schema, answer);
}

export function unexpected(code: string): Unavailable {
  const message = `globus refused what it has no reason to refuse (${code})`;
  return new Unavailable({ dependency: 'globus', reason: 'bad_answer', message });
}

/** `.` and `..` survive percent-encoding, and would address another resource. */
export function pathSegment(id: string): string {
  if (id === '.' || id === '..' || id === '') throw new TypeError('not an id of a Globus task');
  return encodeURIComponent(id);
}
