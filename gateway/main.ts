// Reads the command line and the file, starts, and ends on a signal; the only part of the gateway that knows its process.
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { ConfigError } from '../platform/config/load.ts';
import { runService } from '../platform/process.ts';
import { version } from '../platform/version.ts';
import { loadTestedConfig } from './config-tests.ts';
import { startGateway } from './start.ts';

await runService(async () => {
  const { values } = parseArgs({ options: { config: { type: 'string', default: 'config/gateway.yaml' } } });
  const text = readFileSync(values.config, 'utf8');
  const sources = { readFile: (path: string) => readFileSync(path, 'utf8'), environment: process.env };
  const loaded = await loadTestedConfig({ file: values.config, text }, sources);
  if (!loaded.ok) throw new ConfigError(loaded.mistakes);
  return startGateway(loaded.value, { version });
});
