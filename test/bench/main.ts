// npm run bench [-- --quick]: how fast the gateway decides on this machine. Prints tables and, last, one line for a
// program to read. npm run bench -- transfers [--quick]: the transfer-service.
import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { findPart, traefik } from '../real-parts/find.ts';
import { bench, fullScale, quickScale } from './bench.ts';
import { wrk } from './load.ts';
import { benchTransfers, fullTransfers, quickTransfers } from './transfers/bench.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { quick: { type: 'boolean', default: false } },
});
const print = (text: string) => void process.stdout.write(`${text}\n`);
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));
if (positionals[0] === 'transfers') {
  await benchTransfers(values.quick ? quickTransfers : fullTransfers, print);
  process.exit(0);
}
const program = findPart(wrk);
if (program === undefined) throw new Error(`the bench needs ${wrk.name}: ${wrk.install}`);
const proxy = findPart(traefik);
print(`${cpus()[0]?.model}, ${cpus().length} cores, Node ${process.version}, ${new Date().toISOString()}\n`);
const { hasOwnCore, ratio } = await bench(
  { wrk: program, traefik: proxy },
  values.quick ? quickScale : fullScale,
  print,
);
print(hasOwnCore ? 'the servers on a core of their own' : 'servers and load on the same cores');
if (proxy === undefined) print(`without Traefik: ${traefik.install}`);
print(`decisions_vs_raw_http ${ratio.toFixed(2)}`);
