// `beamgate check --config FILE`: every mistake in a configuration file of either service, with its line and key.
import { parseArgs } from 'node:util';
import { readFile } from '../platform/config/read-file.ts';
import { checkFile } from './check-file.ts';

const { values } = parseArgs({ options: { config: { type: 'string' } } });
if (values.config === undefined) {
  console.error('which file? beamgate check --config FILE');
  process.exitCode = 2;
} else {
  const sources = { readFile, environment: process.env };
  const { lines, isGood } = await checkFile(values.config, sources);
  for (const line of lines) console.log(line);
  process.exitCode = isGood ? 0 : 2;
}
