// npm run bench -- transfers [--quick]: the transfer-service with 10, 1,000 and 10,000 transfers in flight, a queue of
// 10,000, and a dataset of a million files. Prints tables and, last, lines for a program to read.
import { cpus } from 'node:os';
import { takeOtherCore } from '../processes.ts';
import { type InFlight, measureDrain, measureInFlight, measureLarge, measureList } from './measure.ts';

export type TransferScale = {
  readonly inFlight: readonly number[];
  readonly windowMs: number;
  readonly pollIntervalSeconds: number;
  readonly queued: number;
  readonly files: number;
  /** As many as a request's 16 MB have room for. */
  readonly listedFiles: number;
};

export const fullTransfers: TransferScale = {
  inFlight: [10, 1000, 10_000],
  windowMs: 120_000,
  pollIntervalSeconds: 10,
  queued: 10_000,
  files: 1_000_000,
  listedFiles: 300_000,
};

export const quickTransfers: TransferScale = {
  inFlight: [10, 100],
  windowMs: 3_000,
  pollIntervalSeconds: 1,
  queued: 100,
  files: 10_000,
  listedFiles: 10_000,
};

export async function benchTransfers(
  scale: TransferScale,
  print: (text: string) => void,
): Promise<readonly InFlight[]> {
  const hasOwnCore = takeOtherCore();
  print(`${cpus()[0]?.model}, ${cpus().length} cores, Node ${process.version}, ${new Date().toISOString()}`);
  print(hasOwnCore ? 'the service on a core of its own\n' : 'everything on the same cores\n');
  print('in flight  lists/poll  Globus/min  SciCat/min  POST p50 ms  POST p99 ms  CPU %  RSS MB');
  const rows: InFlight[] = [];
  for (const count of scale.inFlight) {
    const row = await measureInFlight({ hasOwnCore }, { ...scale, count });
    rows.push(row);
    print(renderRow(row));
  }
  const { perSecond } = await measureDrain({ hasOwnCore }, scale.queued);
  print(`\n${scale.queued} queued: ${perSecond.toFixed(1)} transfers a second to their end, 100 at a time`);
  const large = await measureLarge({ hasOwnCore }, scale.files);
  const list = await measureList({ hasOwnCore }, scale.listedFiles);
  for (const [files, how, { seconds, peakMegabytes, grewByMegabytes }] of [
    [scale.files, 'as a folder', large],
    [scale.listedFiles, 'as a list', list],
  ] as const) {
    print(`${files} files ${how}: ${seconds.toFixed(1)} s, peak ${peakMegabytes} MB (+${grewByMegabytes})`);
  }
  return rows;
}

function renderRow(row: InFlight): string {
  return [
    [String(row.count), 9],
    [row.listsPerPoll.toFixed(1), 10],
    [row.globusPerMinute.toFixed(0), 10],
    [row.scicatPerMinute.toFixed(0), 10],
    [row.p50Ms.toFixed(1), 11],
    [row.p99Ms.toFixed(1), 11],
    [row.cpuPercent.toFixed(1), 5],
    [String(row.memoryMegabytes), 6],
  ]
    .map(([text, width]) => String(text).padStart(Number(width)))
    .join('  ');
}
