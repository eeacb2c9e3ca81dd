// What can go wrong between a service and its client, on demand: which request it strikes, and how.

export type Fault =
  /** Answered instead of the work. A string body is sent as it is, anything else as JSON. */
  | {
      readonly kind: 'status';
      readonly status: number;
      readonly headers?: Readonly<Record<string, string>>;
      readonly body?: unknown;
    }
  /** Waits, then works and answers as ever. */
  | { readonly kind: 'delay'; readonly delayMs: number }
  /** The work is done, then the connection is destroyed before a byte of the answer. */
  | { readonly kind: 'answer_lost' }
  /** The connection is reset before the work. */
  | { readonly kind: 'reset' }
  /** The work is done, and half of the answer's body arrives. */
  | { readonly kind: 'cut_short' }
  /** The work is done, and answered with 200 and a page of HTML. */
  | { readonly kind: 'not_json' }
  /** Nothing is done, and nothing is answered until the client or the simulator gives up. */
  | { readonly kind: 'hang' }
  /** Waits for the test, before the work or after it: where a process is to be killed at just that moment. */
  | {
      readonly kind: 'hold';
      readonly at: 'before_work' | 'after_work';
      readonly until: () => Promise<unknown>;
    };

export type FaultRule = {
  readonly method?: string;
  /** Held against path and query, as they were sent. */
  readonly path: RegExp;
  /** How many requests it strikes; every one where it is left out. */
  readonly times?: number;
  readonly fault: Fault;
};

export type Faults = {
  /** @returns a function that takes the rule away again. */
  add(rule: FaultRule): () => void;
  clear(): void;
};

export type FaultList = Faults & {
  /** The first rule that fits, counted as used; undefined where none does. */
  take(request: { readonly method: string; readonly target: string }): Fault | undefined;
};

export function createFaults(): FaultList {
  const rules = new Map<symbol, { readonly rule: FaultRule; left: number }>();
  return {
    add(rule) {
      const key = Symbol('fault');
      rules.set(key, { rule, left: rule.times ?? Number.POSITIVE_INFINITY });
      return () => void rules.delete(key);
    },
    clear: () => rules.clear(),
    take({ method, target }) {
      for (const [key, entry] of rules) {
        if (!strikes(entry.rule, method, target)) continue;
        entry.left -= 1;
        if (entry.left <= 0) rules.delete(key);
        return entry.rule.fault;
      }
      return undefined;
    },
  };
}

function strikes(rule: FaultRule, method: string, target: string): boolean {
  return (rule.method === undefined || rule.method === method) && target.search(rule.path) >= 0;
}
