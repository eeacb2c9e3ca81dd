// Reads the command line and the file, starts, and ends on a signal; the only part of the gateway that knows its process.
import { parseArgs } from 'node:util';
import { ConfigError } from '../platform/config/load.ts';
import { runService } from '../platform/process.ts';
import { type Address, addressSchema } from '../platform/server.ts';
import { version } from '../platform/version.ts';
import { watchConfig } from '../platform/watched-config.ts';
import { readWebProxies } from '../platform/web-proxies.ts';
import { loadTestedConfig } from './config-tests.ts';
import { startGateway } from './start.ts';

await runService(async () => {
  const { values } = parseArgs({
    options: { config: { type: 'string', default: 'config/gateway.yaml' }, operations: { type: 'string' } },
  });
  const operations = values.operations === undefined ? undefined : readAddress(values.operations);
  const config = watchConfig(values.config, async (readFile) => {
    const source = { file: values.config, text: readFile(values.config) };
    const loaded = await loadTestedConfig(source, { readFile, environment: process.env });
    if (!loaded.ok || operations === undefined) return loaded;
    return { ...loaded, value: { ...loaded.value, listen: { ...loaded.value.listen, operations } } };
  });
  const loaded = await config.load();
  const webProxies = readWebProxies(process.env);
  if (!loaded.ok || !webProxies.ok) {
    const mistakes = [loaded, webProxies].flatMap((one) => (one.ok ? [] : one.mistakes));
    throw new ConfigError(mistakes);
  }
  return config.serve(await startGateway(loaded.value, { version, webProxies: webProxies.value }));
});

function readAddress(text: string): Address {
  const read = addressSchema.safeParse(text);
  if (!read.success) throw new Error(`--operations: ${read.error.issues[0]?.message}`);
  return read.data;
}
