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
  /** Works and answers as ever, with these headers besides. */
  | { readonly kind: 'headers'; readonly headers: Readonly<Record<string, string>> }
  /**
   * Waits for the test, before the work or after it: where a process is to be killed at just that moment.
   * `instead_of_work`: then nothing is done, and nothing answered.
   */
  | {
      readonly kind: 'hold';
      readonly at: 'before_work' | 'after_work' | 'instead_of_work';
      readonly until: () => Promise<unknown>;
    };

export type FaultRule = {
  readonly method?: string;
  /** Held against path and query, as they were sent. */
  readonly path: RegExp;
  /** Held against the body, as it was sent. */
  readonly body?: RegExp;
  /** Which of these requests it strikes first; default 1. */
  readonly nth?: number;
  /** How many requests it strikes; every one where it is left out. */
  readonly times?: number;
  readonly fault: Fault;
};

export type Faults = {
  /** @returns a function that takes the rule away again. */
  add(rule: FaultRule): () => void;
  clear(): void;
};

type Struck = { readonly method: string; readonly target: string; readonly body: string };

export type FaultList = Faults & {
  /** The first rule that fits, counted as used; undefined where none does. */
  take(request: Struck): Fault | undefined;
};

export function createFaults(): FaultList {
  const rules = new Map<symbol, { readonly rule: FaultRule; passes: number; left: number }>();
  return {
    add(rule) {
      const key = Symbol('fault');
      rules.set(key, { rule, passes: (rule.nth ?? 1) - 1, left: rule.times ?? Number.POSITIVE_INFINITY });
      return () => void rules.delete(key);
    },
    clear: () => rules.clear(),
    take(request) {
      for (const [key, entry] of rules) {
        if (!strikes(entry.rule, request)) continue;
        entry.passes -= 1;
        if (entry.passes >= 0) continue;
        entry.left -= 1;
        if (entry.left <= 0) rules.delete(key);
        return entry.rule.fault;
      }
      return undefined;
    },
  };
}

function strikes(rule: FaultRule, { method, target, body }: Struck): boolean {
  return (
    (rule.method === undefined || rule.method === method) &&
    target.search(rule.path) >= 0 &&
    (rule.body === undefined || body.search(rule.body) >= 0)
  );
}
