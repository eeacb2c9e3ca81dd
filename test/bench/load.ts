// Load by wrk, which one core can produce faster than a gateway answers: a bounded time, or each request once.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import type { RealPart } from '../real-parts/find.ts';

export const wrk: RealPart = {
  name: 'wrk',
  variable: 'BEAMGATE_WRK',
  commands: ['wrk'],
  install: 'apt-get install wrk',
};

export type Load = {
  /** Whole requests as they go over the wire, sent in turn. */
  readonly requests: readonly string[];
  readonly port: number;
  readonly connections: number;
  /** `each once`: no longer than it takes to send every request once. */
  readonly during: { readonly ms: number } | 'each once';
};

export type Measured = {
  readonly answersPerSecond: number;
  readonly answers: number;
  /** Answered with 400 and above. */
  readonly refusals: number;
  /** Not answered at all. */
  readonly broken: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
};

const longestSeconds = 60;
/** Until wrk is there to be interrupted. */
const leastMs = 250;
const script = fileURLToPath(new URL('load.lua', import.meta.url));

/** @throws Error where wrk measured nothing. */
export async function load(
  program: string,
  { requests, port, connections, during }: Load,
): Promise<Measured> {
  const place = mkdtempSync(join(tmpdir(), 'beamgate-load-'));
  const file = join(place, 'requests');
  writeFileSync(file, requests.join('\0'));
  const options = [
    '-t1',
    `-c${connections}`,
    `-d${longestSeconds}s`,
    '--timeout=30s',
    '--latency',
    '-s',
    script,
  ];
  const process = spawn(program, [...options, `http://127.0.0.1:${port}`, file], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let told = '';
  let isAllSent = false;
  // wrk counts in seconds; interrupted, it tells what it has measured so far, unless it had not quite begun.
  const startedAt = performance.now();
  const endIfDue = (): void => {
    const pastMs = performance.now() - startedAt;
    if (pastMs >= (during === 'each once' ? (isAllSent ? leastMs : longestSeconds * 1000) : during.ms))
      process.kill('SIGINT');
  };
  const timer = setInterval(endIfDue, 25);
  process.stdout.setEncoding('utf8').on('data', (text: string) => {
    told += text;
    if (!isAllSent && told.includes('all sent')) {
      isAllSent = true;
      endIfDue();
    }
  });
  await once(process, 'close');
  clearInterval(timer);
  rmSync(place, { recursive: true });
  return readMeasured(told);
}

const measuredSchema = z.object({
  answers: z.number(),
  micros: z.number(),
  refusals: z.number(),
  broken: z.number(),
  p50Micros: z.number(),
  p99Micros: z.number(),
});

function readMeasured(told: string): Measured {
  const json = /^measured (.*)$/m.exec(told)?.[1];
  if (json === undefined) throw new Error(`wrk measured nothing: ${told}`);
  const { answers, micros, refusals, broken, p50Micros, p99Micros } = measuredSchema.parse(JSON.parse(json));
  return {
    answersPerSecond: answers / (micros / 1e6),
    answers,
    refusals,
    broken,
    p50Ms: p50Micros / 1000,
    p99Ms: p99Micros / 1000,
  };
}
