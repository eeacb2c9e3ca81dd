// One old file -> both services. What the gateway needs to know follows from it: where SciCat is, where to listen, and
// which parts of an identity the facilities' rules look at.
import { dirname, join } from 'node:path';
import { dump } from 'js-yaml';
import { loadGatewayConfig } from '../gateway/config.ts';
import { startGateway } from '../gateway/start.ts';
import { ConfigError, type Loaded } from '../platform/config/load.ts';
import type { SecretSources } from '../platform/config/secrets.ts';
import { sqlitePath } from '../platform/database-sqlite.ts';
import type { Reloading } from '../platform/watched-config.ts';
import type { WebProxies } from '../platform/web-proxies.ts';
import type { Setup } from '../transfer-service/clients.ts';
import type { TransferConfig } from '../transfer-service/config.ts';
import type { LoadedCredentials } from '../transfer-service/config-credentials.ts';
import { startTransferService } from '../transfer-service/start.ts';

export type GlobusProxy = {
  /** What the old file and the environment say. */
  readonly setup: Setup;
  readonly readCredentials: () => LoadedCredentials;
  readonly sources: SecretSources;
  /** host:port of the gateway's health and metrics; the transfer-service's is the file's own. */
  readonly gatewayOperations: string;
  readonly version: string;
  readonly webProxies: WebProxies;
};

/** @throws ConfigError with every mistake of the file and the environment. */
export async function startGlobusProxy({
  setup,
  readCredentials,
  sources,
  gatewayOperations,
  version,
  webProxies,
}: GlobusProxy): Promise<Reloading<Loaded<Setup>>> {
  // Its own address as clients on this machine see it: the key set is fetched through the front door.
  const publicUrl = `http://localhost:${setup.port}/beamgate`;
  const transfer = await startTransferService(behindGateway(setup, publicUrl), {
    ...{ credentials: setup.credentials, readCredentials, version, webProxies },
  });
  const addresses = { publicUrl, gatewayOperations, upstream: transfer.addresses.listen };
  const derive = (from: TransferConfig) => gatewayConfigOf(from, addresses, sources);
  try {
    const gateway = await startGateway(derive(setup).value, { version, webProxies });
    return {
      // Read once, so that both take the same over; a mistake in it changes neither.
      reload: async (load) => {
        let reading: ReturnType<typeof load> | undefined;
        const read = () => (reading ??= load());
        await transfer.reload(async () => {
          const loaded = await read();
          return loaded.ok ? { ...loaded, value: behindGateway(loaded.value, publicUrl) } : loaded;
        });
        await gateway.reload(async () => {
          const loaded = await read();
          return loaded.ok ? derive(loaded.value) : loaded;
        });
      },
      // At once: what is open at the gateway waits for the service, which answers it before it ends.
      close: async (graceMs) => {
        await Promise.all([gateway.close(graceMs), transfer.close(graceMs)]);
      },
    };
  } catch (error) {
    await transfer.close(0);
    throw error;
  }
}

function behindGateway<Config extends TransferConfig>(config: Config, publicUrl: string): Config {
  return {
    ...config,
    listen: { host: '127.0.0.1', port: 0 },
    callers: {
      believe: 'assertion',
      issuer: publicUrl,
      jwksUrl: `${publicUrl}/jwks.json`,
      audience: 'transfer',
    },
  };
}

function gatewayConfigOf(
  config: TransferConfig,
  addresses: { readonly publicUrl: string; readonly gatewayOperations: string; readonly upstream: string },
  sources: SecretSources,
) {
  const attributes = attributesOf(config);
  const file = {
    publicUrl: addresses.publicUrl,
    // The old service spoke plain http too: TLS is the business of whatever stands before it.
    insecure: true,
    listen: {
      standalone: `:${config.port}`,
      proxies: '127.0.0.1:0',
      public: '127.0.0.1:0',
      operations: addresses.gatewayOperations,
    },
    database: `sqlite:${join(dirname(sqlitePath(config.database)), 'beamgate.sqlite')}`,
    providers: { scicat: { kind: 'scicat', url: config.scicatUrl, caFile: config.scicat.caFile?.path } },
    apps: {
      transfer: {
        url: 'http://*',
        upstream: `http://${addresses.upstream}`,
        preset: 'globus-proxy',
        public: ['/version', '/openapi.yaml', '/docs/**'],
        allow: 'signed-in',
        ...(attributes.length === 0 ? {} : { attributes }),
      },
    },
    log: { level: config.logLevel },
  };
  const loaded = loadGatewayConfig(
    { file: 'the gateway of globus-proxy', text: dump(file, { skipInvalid: true }) },
    sources,
  );
  if (!loaded.ok) throw new ConfigError(loaded.mistakes);
  // Nobody wrote this file: what is wide in it is what the old service was.
  return { ...loaded, value: { ...loaded.value, warnings: [] } };
}

/** The caller's groups are in every assertion. */
const groupsPath = 'profile.accessGroups';

/** Paths into the SciCat identity that some facility's rule looks at, besides the groups. */
function attributesOf(config: TransferConfig): readonly string[] {
  const paths = [...config.facilities.values()].flatMap(({ access }) =>
    access.kind === 'member' && access.path !== groupsPath ? [access.path] : [],
  );
  return [...new Set(paths)];
}
