// Reads the command line, the file and the environment, starts, and ends on a signal; the only part of the
// transfer-service that knows its process.
import { existsSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { ConfigError } from '../platform/config/load.ts';
import { readFile } from '../platform/config/read-file.ts';
import { keepHeapSmall, runService, surroundingsOfProcess } from '../platform/process.ts';
import { version } from '../platform/version.ts';
import { watchConfig } from '../platform/watched-config.ts';
import { readWebProxies } from '../platform/web-proxies.ts';
import { loadCredentials } from './config-credentials.ts';
import { findConfigFile } from './find-config.ts';
import { loadSetup } from './load-setup.ts';
import { startTransferService } from './start.ts';

keepHeapSmall();
await runService(async () => {
  const { values } = parseArgs({ options: { config: { type: 'string' } } });
  const file = values.config ?? findConfigFile(surroundingsOfProcess(), existsSync);
  const environment = process.env;
  const config = watchConfig(file, (read) =>
    loadSetup({ file, text: read(file) }, { readFile: read, environment }),
  );
  const loaded = await config.load();
  const webProxies = readWebProxies(environment);
  if (!loaded.ok || !webProxies.ok) {
    throw new ConfigError([loaded, webProxies].flatMap((one) => (one.ok ? [] : one.mistakes)));
  }
  const running = await startTransferService(loaded.value, {
    credentials: loaded.value.credentials,
    readCredentials: () => loadCredentials({ readFile, environment }),
    version,
    webProxies: webProxies.value,
  });
  return config.serve(running);
});
