// `beamgate globus-proxy [--config FILE]`: gateway and transfer-service in one process, from an old file of the SciCat
// Globus Proxy. The gateway listens on the file's `port` in standalone mode; the service behind it on loopback alone.
import { existsSync, readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { runService, surroundingsOfProcess } from '../platform/process.ts';
import { version } from '../platform/version.ts';
import { findConfigFile } from '../transfer-service/find-config.ts';
import { startGlobusProxy } from './globus-proxy-start.ts';

await runService(async () => {
  const { values } = parseArgs({
    options: { config: { type: 'string' }, operations: { type: 'string', default: '127.0.0.1:9091' } },
  });
  const file = values.config ?? findConfigFile(surroundingsOfProcess(), existsSync);
  return startGlobusProxy({
    file,
    text: readFileSync(file, 'utf8'),
    sources: { readFile: (path) => readFileSync(path, 'utf8'), environment: process.env },
    gatewayOperations: values.operations,
    version,
  });
});
