// Several loads in turn, round after round, so that whatever else the machine does falls on all of them alike.
import { type Load, load, type Measured } from './load.ts';

export type Subject = {
  readonly name: string;
  readonly port: number;
  readonly requests: readonly string[];
  /** What every answer has to be: a fast refusal is no decision to be proud of. */
  readonly expects: 'passes' | 'refusals';
  /** Each request once before each round: what the gateway knows for some seconds, it knows then. */
  readonly isWarmedFirst?: boolean;
};

export type Rounds = {
  readonly rounds: number;
  readonly roundMs: number;
  readonly settleMs: number;
  readonly connections: number;
};

/** @returns of each subject, in their order, what each round measured. @throws Error where an answer was not as expected. */
export async function inRounds(
  wrk: string,
  subjects: readonly Subject[],
  { rounds, roundMs, connections }: Rounds,
): Promise<readonly (readonly Measured[])[]> {
  const measured: Measured[][] = subjects.map(() => []);
  for (let round = 0; round < rounds; round++) {
    for (const [index, subject] of subjects.entries()) {
      if (subject.isWarmedFirst === true) await warm(wrk, subject, connections);
      measured[index]?.push(await measure(wrk, subject, { connections, during: { ms: roundMs } }));
    }
  }
  return measured;
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
