// `npm run soak -- [--kills 500] [--seed N]`: ends with 0 when nothing was lost or doubled, else with 1.
import { randomInt } from 'node:crypto';
import { parseArgs } from 'node:util';
import { soak } from './soak.ts';

const { values } = parseArgs({
  options: { kills: { type: 'string', default: '500' }, seed: { type: 'string' } },
});
const seed = Number(values.seed ?? randomInt(2 ** 31));
const say = (line: string) => process.stdout.write(`${line}\n`);

say(`seed ${seed}`);
const { lost, doubled, ...counts } = await soak({ kills: Number(values.kills), seed, say });
for (const [what, count] of Object.entries(counts)) say(`${what}: ${count}`);
for (const what of lost) say(`LOST ${what}`);
for (const what of doubled) say(`DOUBLED ${what}`);
say(`${lost.length} lost, ${doubled.length} doubled`);
process.exit(lost.length + doubled.length === 0 ? 0 : 1);
