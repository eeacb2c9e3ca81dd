// Reads the command line and the file, starts, and ends on a signal; the only part of the gateway that knows its process.
import { parseArgs } from 'node:util';
import { ConfigError } from '../platform/config/load.ts';
import { readFile } from '../platform/config/read-file.ts';
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
    const read: typeof readFile = (path, encoding) => {
      filesRead.add(path);
      return readFile(path, encoding);
    };
    const source = { file: values.config, text: read(values.config) };
    return loadTestedConfig(source, { readFile: read, environment: process.env });
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
