// Reads the command line, the file and the environment, starts, and ends on a signal; the only part of the
// transfer-service that knows its process.
import { existsSync, readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { ConfigError } from '../platform/config/load.ts';
import { keepHeapSmall, runService, surroundingsOfProcess } from '../platform/process.ts';
import { version } from '../platform/version.ts';
import { readWebProxies } from '../platform/web-proxies.ts';
import { loadTransferConfig } from './config.ts';
import { loadCredentials } from './config-credentials.ts';
import { findConfigFile } from './find-config.ts';
import { startTransferService } from './start.ts';

keepHeapSmall();
await runService(async () => {
  const { values } = parseArgs({ options: { config: { type: 'string' } } });
  const file = values.config ?? findConfigFile(surroundingsOfProcess(), existsSync);
  const sources = { readFile: (path: string) => readFileSync(path, 'utf8'), environment: process.env };
  const loaded = loadTransferConfig({ file, text: readFileSync(file, 'utf8') }, sources);
  const credentials = loadCredentials(sources);
  const webProxies = readWebProxies(process.env);
  if (!loaded.ok || !credentials.ok || !webProxies.ok) {
    const mistakes = [loaded, credentials, webProxies].flatMap((one) => (one.ok ? [] : one.mistakes));
    throw new ConfigError(mistakes);
  }
  return startTransferService(loaded.value, {
    credentials: credentials.value,
    version,
    webProxies: webProxies.value,
  });
});
