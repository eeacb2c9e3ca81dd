// Reads the command line and the file, starts, and ends on a signal; the only part of the gateway that knows its process.
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { ConfigError } from '../platform/config/load.ts';
import { runService } from '../platform/process.ts';
import { version } from '../platform/version.ts';
import { watchFiles } from '../platform/watch-files.ts';
import { loadTestedConfig } from './config-tests.ts';
import { startGateway } from './start.ts';

await runService(async () => {
  const { values } = parseArgs({ options: { config: { type: 'string', default: 'config/gateway.yaml' } } });
  const filesRead = new Set<string>();
  const load = () => {
    filesRead.clear();
    const readFile = (path: string) => {
      filesRead.add(path);
      return readFileSync(path, 'utf8');
    };
    const source = { file: values.config, text: readFile(values.config) };
    return loadTestedConfig(source, { readFile, environment: process.env });
  };
  const loaded = await load();
  if (!loaded.ok) throw new ConfigError(loaded.mistakes);
  const gateway = await startGateway(loaded.value, { version });
  const reload = async (): Promise<void> => {
    await gateway.reload(async () => load());
    files.watch([values.config, ...filesRead]);
  };
  const files = watchFiles(() => void reload(), { intervalMs: 1000, quietMs: 300 });
  files.watch([...filesRead]);
  return {
    reload,
    close: (graceMs) => {
      files.close();
      return gateway.close(graceMs);
    },
  };
});
