// An outage: something this service needs did not answer, or not sensibly. It is thrown, never returned, and
// `onError` turns it into 503. It says nothing about whether a credential or a request was good.

/** Why a dependency could not be used; a label in logs and metrics, so the set is closed. */
export type OutageReason =
  | 'unreachable'
  | 'timeout'
  | 'too_large'
  | 'bad_answer'
  | 'server_error'
  | 'busy'
  | 'misconfigured';

export class Unavailable extends Error {
  override readonly name = 'Unavailable';
  /** What is down, by the name that the config gives it: `scicat`, `globus`, `database`. */
  readonly dependency: string;
  readonly reason: OutageReason;
  /** What the client is told in `Retry-After`, in seconds. */
  readonly retryAfterSeconds: number;
  /** For how long it is to be left alone, where it said so or who found it out knows; what clients are told may be a guess. */
  readonly askedSeconds: number | undefined;

  constructor(
    outage: { dependency: string; reason: OutageReason; message: string; retryAfterSeconds?: number },
    options?: ErrorOptions,
  ) {
    super(outage.message, options);
    this.dependency = outage.dependency;
    this.reason = outage.reason;
    this.askedSeconds = outage.retryAfterSeconds;
    this.retryAfterSeconds = outage.retryAfterSeconds ?? 5;
  }
}
