// The gateway with config/gateway.yaml, as an admin would start it: only addresses are replaced, and test apps added.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { dump, load } from 'js-yaml';
import { loadGatewayConfig } from '../../gateway/config.ts';
import { startGateway } from '../../gateway/start.ts';
import { ConfigError } from '../../platform/config/load.ts';
import { readFile } from '../../platform/config/read-file.ts';
import { createLogger } from '../../platform/log.ts';

export type TestGateway = {
  readonly proxiesPort: number;
  readonly publicPort: number;
  readonly operationsPort: number;
  readonly standalonePort: number | undefined;
  /** Every log line so far. */
  readonly log: readonly string[];
  stop(): Promise<void>;
};

/** @param changes keys of the file's top level that are replaced, or added to (`apps`, `providers`). */
export async function startTestGateway(changes: {
  readonly scicatUrl: string;
  readonly apps?: object;
  readonly scicat?: object;
  readonly top?: object;
}): Promise<TestGateway> {
  const place = mkdtempSync(join(tmpdir(), 'beamgate-gateway-'));
  const file = load(readFileSync(new URL('../../config/gateway.yaml', import.meta.url), 'utf8'));
  if (typeof file !== 'object' || file === null || !('apps' in file))
    throw new Error('config/gateway.yaml has no apps');
  const text = dump({
    ...file,
    database: `sqlite:${join(place, 'gateway.sqlite')}`,
    listen: { proxies: '127.0.0.1:0', public: '127.0.0.1:0', operations: '127.0.0.1:0' },
    providers: { scicat: { kind: 'scicat', url: changes.scicatUrl, ...changes.scicat } },
    apps: { ...(typeof file.apps === 'object' ? file.apps : {}), ...changes.apps },
    ...changes.top,
  });
  const loaded = loadGatewayConfig({ file: 'gateway.yaml', text }, { readFile, environment: {} });
  if (!loaded.ok) throw new ConfigError(loaded.mistakes);
  const log: string[] = [];
  const destination = { write: (line: string) => void log.push(line) };
  const gateway = await startGateway(loaded.value, {
    version: 'test',
    log: createLogger({ service: 'gateway', level: 'info', destination }),
  });
  const port = (address: string) => Number(address.slice(address.lastIndexOf(':') + 1));
  const { addresses } = gateway;
  return {
    proxiesPort: port(addresses.proxies),
    publicPort: port(addresses.public),
    operationsPort: port(addresses.operations),
    standalonePort: addresses.standalone === undefined ? undefined : port(addresses.standalone),
    log,
    stop: async () => {
      await gateway.close(1000);
      rmSync(place, { recursive: true, force: true });
    },
  };
}
