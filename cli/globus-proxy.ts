// `beamgate globus-proxy [--config FILE]`: gateway and transfer-service in one process, from an old file of the SciCat
// Globus Proxy. The gateway listens on the file's `port` in standalone mode; the service behind it on loopback alone.
// `beamgate globus-proxy adopt [--yes]`: takes over what the old service has running.
import { existsSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { ConfigError } from '../platform/config/load.ts';
import { readFile } from '../platform/config/read-file.ts';
import { keepHeapSmall, runService, surroundingsOfProcess } from '../platform/process.ts';
import { version } from '../platform/version.ts';
import { watchConfig } from '../platform/watched-config.ts';
import { readWebProxies, type WebProxies } from '../platform/web-proxies.ts';
import { loadCredentials } from '../transfer-service/config-credentials.ts';
import { findConfigFile } from '../transfer-service/find-config.ts';
import { loadSetup } from '../transfer-service/load-setup.ts';
import { adoptOldTransfers } from './globus-proxy-adopt.ts';
import { startGlobusProxy } from './globus-proxy-start.ts';

const sources = { readFile, environment: process.env };

if (process.argv[2] === 'adopt') {
  try {
    const { values } = parseArgs({
      args: process.argv.slice(3),
      options: { config: { type: 'string' }, yes: { type: 'boolean', default: false } },
    });
    const asked = {
      ...readConfig(values.config),
      sources,
      isDone: values.yes,
      exists: existsSync,
      webProxies: proxies(),
    };
    for (const line of await adoptOldTransfers(asked)) console.log(line);
  } catch (error) {
    console.error(error instanceof Error ? error.message : String(error));
    process.exitCode = error instanceof ConfigError || error instanceof TypeError ? 2 : 1;
  }
} else {
  keepHeapSmall();
  await runService(async () => {
    const { values } = parseArgs({
      options: { config: { type: 'string' }, operations: { type: 'string', default: '127.0.0.1:9091' } },
    });
    const { environment } = sources;
    const file = fileOf(values.config);
    const config = watchConfig(file, (read) =>
      loadSetup({ file, text: read(file) }, { readFile: read, environment }),
    );
    const loaded = await config.load();
    if (!loaded.ok) throw new ConfigError(loaded.mistakes);
    const running = await startGlobusProxy({
      ...{ setup: loaded.value, sources, version, webProxies: proxies() },
      readCredentials: () => loadCredentials(sources),
      gatewayOperations: values.operations,
    });
    return config.serve(running);
  });
}

function readConfig(named: string | undefined): { readonly file: string; readonly text: string } {
  const file = fileOf(named);
  return { file, text: readFile(file) };
}

function fileOf(named: string | undefined): string {
  return named ?? findConfigFile(surroundingsOfProcess(), existsSync);
}

function proxies(): WebProxies {
  const read = readWebProxies(process.env);
  if (!read.ok) throw new ConfigError(read.mistakes);
  return read.value;
}
