// What this service depends on, which of it is down, and since when: the response of /health/ready. Callers report their
// outcomes here; this file makes no calls.

/** What /health/ready calls a service's own database. */
export const databaseDependency = 'database';

export type DependencyState = {
  readonly name: string;
  /** The facility that the state is about, where the dependency serves several. */
  readonly facility?: string;
  readonly state: 'unknown' | 'up' | 'down';
  /** Since when, ISO 8601. */
  readonly since: string;
  /** Why it is down: the outage's reason. */
  readonly reason?: string;
  /** What is wrong and what to do, for operators. */
  readonly message?: string;
};

export type Failure = { readonly reason: string; readonly message?: string };

export class Dependencies {
  readonly #states = new Map<string, DependencyState>();
  readonly #now: () => number;

  constructor(names: readonly string[], now: () => number = Date.now) {
    this.#now = now;
    for (const name of names) this.#states.set(name, { name, state: 'unknown', since: this.#time() });
  }

  succeeded(name: string, facility?: string): void {
    this.#set({ name, facility, state: 'up' });
  }

  failed(name: string, reason: string): void {
    this.#set({ name, state: 'down', failure: { reason } });
  }

  /** As `failed`, with what an operator has to know of it. */
  explain(name: string, failure: Failure, facility?: string): void {
    this.#set({ name, facility, state: 'down', failure });
  }

  /** Why it is down; `undefined`: it is not known to be. */
  reasonOf(name: string): string | undefined {
    return this.#states.get(name)?.reason;
  }

  /** Forgets dependencies that are not among these names, and adds new names. */
  keepOnly(names: readonly string[]): void {
    for (const [key, { name }] of this.#states) if (!names.includes(name)) this.#states.delete(key);
    for (const name of names)
      if (!this.#states.has(name)) this.#states.set(name, { name, state: 'unknown', since: this.#time() });
  }

  /** Forgets what is known of facilities that are not among these. */
  keepFacilities(facilities: readonly string[]): void {
    for (const [key, { facility }] of this.#states)
      if (facility !== undefined && !facilities.includes(facility)) this.#states.delete(key);
  }

  report(): readonly DependencyState[] {
    return [...this.#states.values()];
  }

  #set(next: {
    readonly name: string;
    readonly facility?: string | undefined;
    readonly state: 'up' | 'down';
    readonly failure?: Failure;
  }): void {
    const { name, facility, state, failure } = next;
    const key = facility === undefined ? name : `${name} ${facility}`;
    const known = this.#states.get(key);
    if (state === 'up' && known?.state === 'up') return;
    const since = known?.state === state ? known.since : this.#time();
    const where = facility === undefined ? {} : { facility };
    this.#states.set(key, { name, ...where, state, since, ...failure });
  }

  #time(): string {
    return new Date(this.#now()).toISOString();
  }
}
