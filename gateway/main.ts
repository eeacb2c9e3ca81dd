// Reads the command line and the file, starts, and ends on a signal; the only part of the gateway that knows its process.
import { parseArgs } from 'node:util';
import { ConfigError } from '../platform/config/load.ts';
import { readFile } from '../platform/config/read-file.ts';
import { runService } from '../platform/process.ts';
import { type Address, addressSchema } from '../platform/server.ts';
import { version } from '../platform/version.ts';
import { watchFiles } from '../platform/watch-files.ts';
import { readWebProxies } from '../platform/web-proxies.ts';
import { loadTestedConfig } from './config-tests.ts';
import { type RunningGateway, startGateway } from './start.ts';

await runService(async () => {
  const { values } = parseArgs({
    options: { config: { type: 'string', default: 'config/gateway.yaml' }, operations: { type: 'string' } },
  });
  const operations = values.operations === undefined ? undefined : readAddress(values.operations);
  const filesRead = new Set<string>();
  let gateway: RunningGateway | undefined;
  let hasChangedEarly = false;
  const reload = async (): Promise<void> => {
    hasChangedEarly = gateway === undefined;
    await gateway?.reload(load);
    files.watch([values.config, ...filesRead]);
  };
  const files = watchFiles(() => void reload(), { intervalMs: 1000, quietMs: 300 });
  const load = async () => {
    filesRead.clear();
    const read: typeof readFile = (path, encoding) => {
      filesRead.add(path);
      // Before it is read: a change in between counts too, however long the start takes.
      files.watchAlso(path);
      return readFile(path, encoding);
    };
    const source = { file: values.config, text: read(values.config) };
    const loaded = await loadTestedConfig(source, { readFile: read, environment: process.env });
    if (!loaded.ok || operations === undefined) return loaded;
    return { ...loaded, value: { ...loaded.value, listen: { ...loaded.value.listen, operations } } };
  };
  const loaded = await load();
  const webProxies = readWebProxies(process.env);
  if (!loaded.ok || !webProxies.ok) {
    const mistakes = [loaded, webProxies].flatMap((one) => (one.ok ? [] : one.mistakes));
    throw new ConfigError(mistakes);
  }
  const running = await startGateway(loaded.value, { version, webProxies: webProxies.value });
  gateway = running;
  if (hasChangedEarly) void reload();
  return {
    reload,
    close: (graceMs) => {
      files.close();
      return running.close(graceMs);
    },
  };
});

function readAddress(text: string): Address {
  const read = addressSchema.safeParse(text);
  if (!read.success) throw new Error(`--operations: ${read.error.issues[0]?.message}`);
  return read.data;
}
