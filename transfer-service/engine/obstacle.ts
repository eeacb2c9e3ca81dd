// What a transfer waits for, in a sentence for its owner; the log knows more. Pure.
import { type OutageReason, Unavailable } from '../../platform/unavailable.ts';

/** An outage of one facility's transfers alone, with a sentence for their owners. */
export class FacilityUnavailable extends Unavailable {
  readonly sentence: string;

  constructor(outage: ConstructorParameters<typeof Unavailable>[0], sentence: string) {
    super(outage);
    this.sentence = sentence;
  }
}

export function obstacleOf(error: unknown): string {
  if (error instanceof FacilityUnavailable) return error.sentence;
  if (!(error instanceof Unavailable)) return 'an error of this service stands in the way; it is tried again';
  const { dependency, reason } = error;
  return `waits for ${dependency}, which ${sentences[reason]} (${reason}); it goes on by itself`;
}

const sentences: Readonly<Record<OutageReason, string>> = {
  unreachable: 'cannot be reached',
  timeout: 'does not answer in time',
  too_large: 'answers more than is accepted',
  bad_answer: 'answers what is not understood',
  server_error: 'answers with errors',
  busy: 'takes no more at present',
  misconfigured: 'refuses this service as it is set up, so that its administrators have to look',
};
