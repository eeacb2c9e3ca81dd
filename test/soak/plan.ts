// What the soak does, drawn from its seed: each client's nth transfer and each kill by a generator of its own, so that
// who comes first changes nothing of what is drawn. Pure.
import { createHash } from 'node:crypto';
import type { FaultRule } from '../simulators/http/faults.ts';

export type TransferPlan = { readonly isList: boolean; readonly cancels: boolean };

export type KillPlan = {
  readonly strike: { readonly side: 'scicat' | 'globus'; readonly rule: FaultRule } | undefined;
  /** Counted from the strike, by both simulators. */
  readonly afterRequests: number;
};

/** @param nth from 0, of this client */
export function planTransfer(seed: number, client: number, nth: number): TransferPlan {
  const random = createRandom(`${seed} client ${client} transfer ${nth}`);
  return { isList: random() < 0.3, cancels: random() < 0.15 };
}

/** @param nth from 0 */
export function planKill(seed: number, nth: number): KillPlan {
  const random = createRandom(`${seed} kill ${nth}`);
  const strike = random() < 0.7 ? planStrike(random) : undefined;
  return { strike, afterRequests: Math.ceil(random() * 25) };
}

function planStrike(random: () => number): KillPlan['strike'] {
  const fault = pick(faults, random);
  const side = random() < 0.5 ? 'scicat' : 'globus';
  return { side, rule: { path: pick(places, random), times: Math.ceil(random() * 3), fault } };
}

const faults: readonly FaultRule['fault'][] = [
  ...[500, 502, 503].map((status) => ({ kind: 'status', status, body: 'struck' }) as const),
  { kind: 'status', status: 429, headers: { 'retry-after': '1' }, body: { code: 'TooManyRequests' } },
  { kind: 'delay', delayMs: 1500 },
  { kind: 'answer_lost' },
  { kind: 'reset' },
  { kind: 'cut_short' },
  { kind: 'not_json' },
  { kind: 'hang' },
];

const places = [/\/v0\.10\//, /\/transfer$/, /\/jobs/, /\/datasets/i, /token|login/, /./];

function pick<Value>(values: readonly Value[], random: () => number): Value {
  const value = values[Math.floor(random() * values.length)];
  if (value === undefined) throw new Error('nothing to pick from');
  return value;
}

/** mulberry32: small, and the same everywhere. */
function createRandom(name: string): () => number {
  let state = createHash('sha256').update(name).digest().readUInt32LE();
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
