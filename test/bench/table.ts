// What the bench prints: one line a row, numbers under one another.

export type Row = {
  readonly name: string;
  readonly perSecond?: number | undefined;
  /** To raw node:http, of the same round. */
  readonly ratio?: number | undefined;
  /** Processor time of an answer, microseconds. */
  readonly processorMicros?: number | undefined;
  readonly p50Ms?: number | undefined;
  readonly p99Ms?: number | undefined;
  readonly memoryMegabytes?: number | undefined;
  readonly note?: string | undefined;
};

const columns = ['answers/s', 'of raw', 'CPU µs', 'p50 ms', 'p99 ms', 'RSS MB'] as const;

export function renderTable(title: string, rows: readonly Row[]): string {
  const width = Math.max(title.length, ...rows.map(({ name }) => name.length));
  const lines = rows.map((row) =>
    [row.name.padEnd(width), ...cellsOf(row), row.note ?? ''].join('  ').trimEnd(),
  );
  return [
    [title.padEnd(width), ...columns.map((column) => column.padStart(9))].join('  '),
    ...lines,
    '',
  ].join('\n');
}

function cellsOf({
  perSecond,
  ratio,
  processorMicros,
  p50Ms,
  p99Ms,
  memoryMegabytes,
}: Row): readonly string[] {
  return [
    perSecond?.toFixed(0),
    ratio?.toFixed(2),
    processorMicros?.toFixed(1),
    p50Ms?.toFixed(2),
    p99Ms?.toFixed(2),
    memoryMegabytes?.toFixed(0),
  ].map((cell) => (cell ?? '').padStart(9));
}
