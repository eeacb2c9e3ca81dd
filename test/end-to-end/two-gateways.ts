// Gateways on one database, with a clock of their own and no timer: the test says when each reads the database again.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadGatewayConfig } from '../../gateway/config.ts';
import { type RunningGateway, startGateway } from '../../gateway/start.ts';
import { readKeys } from '../../gateway/store/assertion-keys.ts';
import { readEncryptionKey } from '../../gateway/store/key-encryption.ts';
import { keysAt } from '../../gateway/store/key-schedule.ts';
import { type GatewayTables, migrations } from '../../gateway/store/migrations.ts';
import { type AssertionKey, openSealedKey } from '../../gateway/store/sealed-key.ts';
import { ConfigError } from '../../platform/config/load.ts';
import { openDatabase } from '../../platform/database.ts';
import { sqlitePath } from '../../platform/database-sqlite.ts';
import { createLogger } from '../../platform/log.ts';
import { traefikHeaders } from '../gateway/samples.ts';
import { createClient, field } from './ask.ts';

export type KeyedGateway = {
  /** What the proxy passes on to the app `transfer`, or to another one by its path. */
  assertion(path?: string): Promise<string>;
  readonly jwksUrl: string;
  /** The published key ids, in their order. */
  kids(): Promise<readonly unknown[]>;
  /** Reads the database as it does every few seconds. */
  refresh(): Promise<void>;
};

export type GatewaySite = {
  readonly configText: string;
  readonly folder: string;
  readonly clock: { nowMs: number };
  /** As whoever has database and encryption key could have it. */
  signingKey(): Promise<AssertionKey>;
  start(): Promise<KeyedGateway>;
  stop(): Promise<void>;
};

export const publicUrl = 'https://lab.org/sso';

/** @param issuer of the only provider. @param token whose assertions they are. */
export function prepareGateways(issuer: string, token: () => Promise<string>): GatewaySite {
  const folder = mkdtempSync(join(tmpdir(), 'beamgate-two-'));
  const clock = { nowMs: Date.now() };
  const running: RunningGateway[] = [];
  const database = `sqlite:${join(folder, 'db.sqlite')}`;
  const configText = JSON.stringify({
    publicUrl,
    listen: { proxies: '127.0.0.1:0', public: '127.0.0.1:0', operations: '127.0.0.1:0' },
    database,
    providers: { lab: { kind: 'oidc', issuer, acceptTokensFor: ['ingestor'] } },
    apps: {
      transfer: { url: 'https://lab.org/globus', allow: 'signed-in' },
      logbook: { url: 'https://lab.org/logbook', allow: 'signed-in' },
    },
  });
  const start = async () => {
    const loaded = loadGatewayConfig(
      { file: 'g.yaml', text: configText },
      { readFile: () => '', environment: {} },
    );
    if (!loaded.ok) throw new ConfigError(loaded.mistakes);
    const repeated: (() => Promise<void>)[] = [];
    const gateway = await startGateway(loaded.value, {
      version: 'test',
      log: createLogger({ service: 'gateway', level: 'silent' }),
      now: () => clock.nowMs,
      every: (_intervalMs, work) => {
        repeated.push(work);
        return { stop: async () => {} };
      },
    });
    running.push(gateway);
    return keyed(gateway, token, repeated);
  };
  const stop = async () => {
    await Promise.all(running.map((gateway) => gateway.close(1000)));
    rmSync(folder, { recursive: true, force: true });
  };
  const signingKey = () => readSigningKey(database, clock.nowMs);
  return { configText, folder, clock, signingKey, start, stop };
}

async function readSigningKey(url: string, nowMs: number): Promise<AssertionKey> {
  const db = await openDatabase<GatewayTables>({ url, durability: 'normal', exclusive: false, migrations });
  const { signing } = keysAt(await readKeys(db), nowMs);
  await db.destroy();
  if (signing === undefined) throw new Error('no key signs');
  return openSealedKey(signing.sealed, [readEncryptionKey({ generatedFile: `${sqlitePath(url)}.key` })]);
}

function keyed(
  { addresses }: RunningGateway,
  token: () => Promise<string>,
  repeated: readonly (() => Promise<void>)[],
): KeyedGateway {
  const portOf = (address: string) => Number(address.slice(address.lastIndexOf(':') + 1));
  const proxies = createClient({ scheme: 'http', port: portOf(addresses.proxies) });
  const site = createClient({ scheme: 'http', port: portOf(addresses.public) });
  return {
    jwksUrl: `http://${addresses.public}/sso/jwks.json`,
    assertion: async (path = '/globus') => {
      const headers = traefikHeaders({ 'X-Forwarded-Uri': path }, [
        'Authorization',
        `Bearer ${await token()}`,
      ]);
      const told = await proxies({ path: '/auth/traefik', host: 'gateway', headers });
      if (told.status !== 200) throw new Error(`${told.status} ${told.body}`);
      return String(told.headers['x-auth-assertion']);
    },
    kids: async () => {
      const keys = field(await site({ path: '/sso/jwks.json', host: 'lab.org' }), 'keys');
      return Array.isArray(keys) ? keys.map(({ kid }) => kid) : [];
    },
    refresh: async () => {
      for (const work of repeated) await work();
    },
  };
}
