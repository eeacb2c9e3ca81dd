// `beamgate transfers release`: lets other datasets use destination folders of transfers that have ended.
import { readFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { parseArgs } from 'node:util';
import { ConfigError } from '../platform/config/load.ts';
import { loadTransferConfig } from '../transfer-service/config.ts';
import { releaseTransfers } from './transfers-release.ts';

const usage = 'beamgate transfers release --config FILE --pid PID | --folder FOLDER [--yes]';

try {
  const { positionals, values } = parseArgs({
    allowPositionals: true,
    options: {
      config: { type: 'string' },
      pid: { type: 'string' },
      folder: { type: 'string' },
      yes: { type: 'boolean', default: false },
    },
  });
  const { config, pid, folder, yes } = values;
  if (positionals.length !== 1 || positionals[0] !== 'release') throw new TypeError(usage);
  if (config === undefined || (pid === undefined) === (folder === undefined)) throw new TypeError(usage);
  const lines = await releaseTransfers({
    database: readDatabase(config),
    of: { pid, folder },
    isDone: yes,
    by: userInfo().username,
    now: Date.now(),
  });
  for (const line of lines) console.log(line);
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error));
  process.exitCode = error instanceof ConfigError || error instanceof TypeError ? 2 : 1;
}

function readDatabase(file: string): string {
  const loaded = loadTransferConfig(
    { file, text: readFileSync(file, 'utf8') },
    { readFile: (path) => readFileSync(path, 'utf8') },
  );
  if (!loaded.ok) throw new ConfigError(loaded.mistakes);
  return loaded.value.database;
}
