// Several loads in turn, round after round, to and fro: whatever else the machine does falls on all of them alike, and none
// always follows the one that leaves the processor's caches the fullest.
import { type Load, load, type Measured } from './load.ts';

export type Subject = {
  readonly name: string;
  readonly port: number;
  /** Processor time that its server has used, where that is looked at. */
  readonly processorMs?: () => number;
  readonly requests: readonly string[];
  /** What every answer has to be: a fast refusal is no decision to be proud of. */
  readonly expects: 'passes' | 'refusals';
  /** Each request once before each round: what is known for some seconds is known then, and lies in the caches again. */
  readonly isWarmedFirst?: boolean;
};

export type Rounds = {
  readonly rounds: number;
  readonly roundMs: number;
  readonly settleMs: number;
  readonly connections: number;
};

export type Round = Measured & { readonly processorMs: number };

/** @returns of each subject, in their order, what each round measured. @throws Error where an answer was not as expected. */
export async function inRounds(
  wrk: string,
  subjects: readonly Subject[],
  { rounds, roundMs, connections }: Rounds,
): Promise<readonly (readonly Round[])[]> {
  const measured: Round[][] = subjects.map(() => []);
  const forth = [...subjects.entries()];
  const back = [...forth].reverse();
  for (let round = 0; round < rounds; round++) {
    for (const [index, subject] of round % 2 === 0 ? forth : back) {
      if (subject.isWarmedFirst === true) await warm(wrk, subject, connections);
      const { processorMs = () => Number.NaN } = subject;
      const before = processorMs();
      const round = await measure(wrk, subject, { connections, during: { ms: roundMs } });
      measured[index]?.push({ ...round, processorMs: processorMs() - before });
    }
  }
  return measured;
}

/** Medians of the rounds, and the processor time of an answer over all of them. @param rawRates of the same rounds. */
export function summarise(rounds: readonly Round[], rawRates: readonly number[]) {
  const sum = (key: 'answers' | 'processorMs') => rounds.reduce((total, round) => total + round[key], 0);
  const rates = ratesOf(rounds);
  return {
    perSecond: median(rates),
    ratio: median(rates.map((rate, round) => rate / (rawRates[round] ?? Number.NaN))),
    processorMicros: (1000 * sum('processorMs')) / sum('answers'),
    p50Ms: median(rounds.map(({ p50Ms }) => p50Ms)),
    p99Ms: median(rounds.map(({ p99Ms }) => p99Ms)),
  };
}

export function ratesOf(rounds: readonly Measured[]): readonly number[] {
  return rounds.map(({ answersPerSecond }) => answersPerSecond);
}

/** Every request once. */
export function warm(wrk: string, subject: Subject, connections: number): Promise<Measured> {
  return measure(wrk, subject, { connections, during: 'each once' });
}

/** Until the runtime has compiled what is asked for often. */
export function settle(wrk: string, subject: Subject, { settleMs, connections }: Rounds): Promise<Measured> {
  return measure(wrk, subject, { connections, during: { ms: settleMs } });
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const [below = Number.NaN, above = Number.NaN] = [sorted[middle - 1], sorted[middle]];
  return sorted.length % 2 === 1 ? above : (below + above) / 2;
}

const longestRoundMs = 30_000;

async function measure(
  wrk: string,
  subject: Subject,
  options: Pick<Load, 'connections' | 'during'>,
): Promise<Measured> {
  const { name, port, requests, expects } = subject;
  const measured = await load(wrk, { requests, port, ...options });
  const { answers, refusals, broken } = measured;
  const { during } = options;
  // On a machine that is busy with other work the server may not have had its turn.
  const longerMs = during === 'each once' ? 1000 : 4 * during.ms;
  if (answers === 0 && longerMs < longestRoundMs)
    return measure(wrk, subject, { ...options, during: { ms: longerMs } });
  const wrong = (expects === 'passes' ? refusals : answers - refusals) + broken;
  if (wrong > 0 || answers === 0)
    throw new Error(`${name}: ${wrong} of ${answers} answers are not ${expects}`);
  return measured;
}
