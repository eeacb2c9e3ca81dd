// What happens to sessions, for whoever counts it.

/**
 * `logout`: their provider has said so. `provider`: it is another one by now. `time`: they were idle, or as old as they
 * get.
 */
export type EndedBy = 'person' | 'logout' | 'refresh' | 'provider' | 'time';

export type SessionEvents = {
  /** `outage`: it is tried again. */
  readonly refreshed: (provider: string, outcome: 'renewed' | 'refused' | 'outage') => void;
  readonly ended: (by: EndedBy, count: number) => void;
};
