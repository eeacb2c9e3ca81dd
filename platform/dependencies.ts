// What this service depends on, which of it is down, and since when: the answer to /health/ready. Told by whoever
// makes a call; it makes none itself.

/** What /health/ready calls a service's own database. */
export const databaseDependency = 'database';

export type DependencyState = {
  readonly name: string;
  readonly state: 'unknown' | 'up' | 'down';
  /** Since when, ISO 8601. */
  readonly since: string;
  /** Of what is down: the outage's reason. */
  readonly reason?: string;
};

export class Dependencies {
  readonly #states = new Map<string, DependencyState>();
  readonly #now: () => number;

  constructor(names: readonly string[], now: () => number = Date.now) {
    this.#now = now;
    for (const name of names) this.#states.set(name, { name, state: 'unknown', since: this.#time() });
  }

  succeeded(name: string): void {
    if (this.#states.get(name)?.state !== 'up')
      this.#states.set(name, { name, state: 'up', since: this.#time() });
  }

  failed(name: string, reason: string): void {
    const known = this.#states.get(name);
    const since = known?.state === 'down' ? known.since : this.#time();
    this.#states.set(name, { name, state: 'down', since, reason });
  }

  /** Forgets what is no dependency any more, and knows new ones by name. */
  keepOnly(names: readonly string[]): void {
    for (const name of this.#states.keys()) if (!names.includes(name)) this.#states.delete(name);
    for (const name of names)
      if (!this.#states.has(name)) this.#states.set(name, { name, state: 'unknown', since: this.#time() });
  }

  report(): readonly DependencyState[] {
    return [...this.#states.values()];
  }

  #time(): string {
    return new Date(this.#now()).toISOString();
  }
}
