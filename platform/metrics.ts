// A service's own metrics registry, with the process's figures in it, and metrics for what happens thousands of times
// a second: noting is an addition there, and the sums are made when somebody reads them.
import {
  Counter,
  type CounterConfiguration,
  collectDefaultMetrics,
  Histogram,
  type LabelValues,
  Registry,
} from 'prom-client';

export { Counter, Gauge, type Registry } from 'prom-client';

export function createRegistry(service: string): Registry {
  const registry = new Registry();
  registry.setDefaultLabels({ service });
  collectDefaultMetrics({ register: registry });
  return registry;
}

/** Not yet added to its counter. */
export type Tally = { count: number };

/** A counter whose labels are looked up once, by whoever keeps the tally. */
export class TalliedCounter<Label extends string> extends Counter<Label> {
  readonly #labelNames: readonly Label[];
  readonly #tallies = new Map<string, { readonly labels: LabelValues<Label>; readonly tally: Tally }>();

  constructor(configuration: CounterConfiguration<Label>) {
    super(configuration);
    this.#labelNames = configuration.labelNames ?? [];
  }

  /** The same one for the same labels. */
  tally(labels: LabelValues<Label>): Tally {
    const key = JSON.stringify(this.#labelNames.map((name) => labels[name]));
    const known = this.#tallies.get(key) ?? { labels, tally: { count: 0 } };
    this.#tallies.set(key, known);
    return known.tally;
  }

  /** Called by the registry before it reads the counter. */
  collect(): void {
    for (const { labels, tally } of this.#tallies.values()) {
      if (tally.count === 0) continue;
      this.inc(labels, tally.count);
      tally.count = 0;
    }
  }
}

/** A histogram that takes a thousand values at a time. */
export class BatchedHistogram extends Histogram {
  readonly #noted = new Float64Array(1000);
  #count = 0;

  note(value: number): void {
    this.#noted[this.#count++] = value;
    if (this.#count === this.#noted.length) this.collect();
  }

  /** Called by the registry before it reads the histogram. */
  collect(): void {
    for (const value of this.#noted.subarray(0, this.#count)) this.observe(value);
    this.#count = 0;
  }
}
