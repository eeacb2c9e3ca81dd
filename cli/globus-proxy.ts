// `beamgate globus-proxy [--config FILE]`: gateway and transfer-service in one process, from an old file of the SciCat
// Globus Proxy. The gateway listens on the file's `port` in standalone mode; the service behind it on loopback alone.
// `beamgate globus-proxy adopt [--yes]`: takes over what the old service has running.
import { existsSync, readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { ConfigError } from '../platform/config/load.ts';
import { keepHeapSmall, runService, surroundingsOfProcess } from '../platform/process.ts';
import { version } from '../platform/version.ts';
import { readWebProxies, type WebProxies } from '../platform/web-proxies.ts';
import { findConfigFile } from '../transfer-service/find-config.ts';
import { adoptOldTransfers } from './globus-proxy-adopt.ts';
import { startGlobusProxy } from './globus-proxy-start.ts';

const sources = { readFile: (path: string) => readFileSync(path, 'utf8'), environment: process.env };

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
    const config = readConfig(values.config);
    return startGlobusProxy({
      ...config,
      sources,
      gatewayOperations: values.operations,
      version,
      webProxies: proxies(),
    });
  });
}

function readConfig(named: string | undefined): { readonly file: string; readonly text: string } {
  const file = named ?? findConfigFile(surroundingsOfProcess(), existsSync);
  return { file, text: readFileSync(file, 'utf8') };
}

function proxies(): WebProxies {
  const read = readWebProxies(process.env);
  if (!read.ok) throw new ConfigError(read.mistakes);
  return read.value;
}
