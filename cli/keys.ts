// `beamgate keys list | rotate [--now] --config FILE`: the assertion keys in a gateway's database. Gateways that run on
// it follow within seconds.
import { existsSync, readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { loadGatewayConfig } from '../gateway/config.ts';
import { ConfigError } from '../platform/config/load.ts';
import { listKeys, rotateKeys, withdrawKeys } from './keys-work.ts';

const usage = 'beamgate keys list --config FILE\nbeamgate keys rotate [--now] --config FILE';

try {
  const { positionals, values } = parseArgs({
    allowPositionals: true,
    options: { config: { type: 'string' }, now: { type: 'boolean', default: false } },
  });
  const work = { list: listKeys, rotate: values.now ? withdrawKeys : rotateKeys }[asAction(positionals)];
  if (values.config === undefined) throw new TypeError(`which file?\n${usage}`);
  const lines = await work(readConfig(values.config), { existsSync, now: Date.now });
  for (const line of lines) console.log(line);
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error));
  process.exitCode = error instanceof ConfigError || error instanceof TypeError ? 2 : 1;
}

function asAction(positionals: readonly string[]): 'list' | 'rotate' {
  const [action] = positionals;
  if (positionals.length === 1 && (action === 'list' || action === 'rotate')) return action;
  throw new TypeError(usage);
}

function readConfig(file: string) {
  const sources = { readFile: (path: string) => readFileSync(path, 'utf8'), environment: process.env };
  const loaded = loadGatewayConfig({ file, text: readFileSync(file, 'utf8') }, sources);
  if (!loaded.ok) throw new ConfigError(loaded.mistakes);
  return loaded.value;
}
