// A whole site, for the demo and the tests: both simulators, gateway, transfer-service, and Traefik where one is found; else the gateway is the
// proxy itself. The files are those of config/ and traefik/, with free ports.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CORE_SCHEMA, dump, load, mergeTag } from 'js-yaml';
import { ConfigError } from '../../platform/config/load.ts';
import { Secret } from '../../platform/config/secrets.ts';
import { createLogger } from '../../platform/log.ts';
import { loadTransferConfig } from '../../transfer-service/config.ts';
import { startTransferService } from '../../transfer-service/start.ts';
import { findPart, traefik } from '../real-parts/find.ts';
import { type Facility, type FacilityOptions, startFacility } from '../simulators/facility.ts';
import { startTestGateway, type TestGateway } from './gateway.ts';
import { type People, startPeople } from './people.ts';
import { freePort, type RunningTraefik, startTraefik } from './traefik.ts';

export type Site = {
  readonly facility: Facility;
  readonly proxy: { readonly name: string; readonly scheme: 'http' | 'https'; readonly port: number };
  /** The transfer-service as clients reach it. */
  readonly transferUrl: string;
  readonly publicUrl: string;
  /** The transfer-service itself, around proxy and gateway. */
  readonly transferPort: number;
  readonly operationsPorts: { readonly gateway: number; readonly transfer: number };
  readonly gateway: TestGateway;
  readonly transferLog: readonly string[];
  readonly people: People | undefined;
  stop(): Promise<void>;
};

export type SiteOptions = {
  readonly facility?: FacilityOptions;
  /** `standalone`: even where Traefik is there. */
  readonly proxy?: 'traefik' | 'standalone';
  /** Keys of the transfer-service's file that are replaced. */
  readonly transfer?: object;
  /** Apps besides those of config/gateway.yaml. */
  readonly apps?: object;
  /** Routers besides those of traefik/. */
  readonly routers?: (middleware: Record<string, unknown>) => object;
  /** An identity provider with three people, and two dashboards. */
  readonly hasPeople?: boolean;
};

export async function startSite(options: SiteOptions = {}): Promise<Site> {
  const program = options.proxy === 'standalone' ? undefined : findPart(traefik);
  const scheme = program === undefined ? 'http' : 'https';
  const place = mkdtempSync(join(tmpdir(), 'beamgate-site-'));
  const facility = await startFacility(options.facility);
  const transferPort = await freePort();
  const port = await freePort();
  const origin = `${scheme}://lab.localhost:${port}`;
  const [publicUrl, url] = [`${origin}/sso`, `${origin}/globus`];
  const people =
    options.hasPeople === true
      ? await startPeople({
          publicUrl,
          origin: (name) => `${scheme}://${name}.lab.localhost:${port}`,
          isStandalone: program === undefined,
        })
      : undefined;
  const apps = {
    transfer: {
      title: 'Data transfer',
      url,
      public: ['/version', '/openapi.yaml', '/docs/**'],
      allow: 'signed-in',
      ...(program === undefined ? { upstream: `http://127.0.0.1:${transferPort}`, stripped: true } : {}),
    },
  };
  const gateway = await startTestGateway({
    scicatUrl: facility.scicat.url,
    apps: { ...apps, ...(people === undefined ? {} : appsOf(people)), ...options.apps },
    top: {
      publicUrl,
      ...(people === undefined ? {} : providersOf(people, facility)),
      ...(program === undefined
        ? {
            listen: {
              proxies: '127.0.0.1:0',
              public: '127.0.0.1:0',
              operations: '127.0.0.1:0',
              standalone: `127.0.0.1:${port}`,
            },
          }
        : {}),
    },
  });
  const transfer = await startTransfer({
    place,
    facility,
    publicUrl,
    gateway,
    port: transferPort,
    changes: options.transfer ?? {},
  });
  const proxy =
    program === undefined
      ? undefined
      : await startProxy(program, gateway, { transfer: transferPort, secure: port }, { people, ...options });
  return {
    facility,
    proxy: {
      name: proxy === undefined ? 'the gateway itself (standalone mode)' : `Traefik (${program})`,
      scheme,
      port,
    },
    transferUrl: url,
    publicUrl,
    transferPort,
    operationsPorts: { gateway: gateway.operationsPort, transfer: transfer.operationsPort },
    gateway,
    people,
    transferLog: transfer.log,
    stop: async () => {
      await proxy?.stop();
      await transfer.stop();
      await gateway.stop();
      await facility.stop();
      await people?.stop();
      rmSync(place, { recursive: true, force: true });
    },
  };
}

function startProxy(
  program: string,
  gateway: TestGateway,
  fixed: { readonly transfer: number; readonly secure: number },
  { routers, people }: SiteOptions & { readonly people: People | undefined },
): Promise<RunningTraefik> {
  const ports = { proxies: gateway.proxiesPort, public: gateway.publicPort, ...fixed };
  const peoples =
    people === undefined ? {} : { http: { routers: people.routers, services: people.services } };
  return startTraefik(program, ports, routers ?? (() => peoples));
}

/** A group of that name is the lab's: SciCat may have one too. */
function appsOf({ apps }: People): object {
  const traefik = { url: 'https://traefik.lab.localhost', allow: { groups: ['it'], realms: ['idp'] } };
  return { traefik, ...apps };
}

function providersOf({ provider }: People, { scicat }: Facility): object {
  return {
    providers: { idp: provider, scicat: { kind: 'scicat', title: 'SciCat', url: scicat.url, signIn: {} } },
  };
}

type TransferParts = {
  readonly place: string;
  readonly facility: Facility;
  readonly publicUrl: string;
  readonly gateway: TestGateway;
  readonly port: number;
  readonly changes: object;
};

async function startTransfer({ place, facility, publicUrl, gateway, port, changes }: TransferParts) {
  const example = readFileSync(
    new URL('../../config/scicat-globus-proxy-config.yaml', import.meta.url),
    'utf8',
  );
  const file = load(example, { schema: CORE_SCHEMA.withTags(mergeTag) });
  const { scicat, globus, globusAccount, accounts } = facility;
  const text = dump({
    ...Object(file),
    scicatUrl: scicat.url,
    port,
    callers: {
      believe: 'assertion',
      issuer: publicUrl,
      jwksUrl: `http://127.0.0.1:${gateway.publicPort}/sso/jwks.json`,
    },
    globus: { authUrl: globus.authUrl, transferUrl: globus.transferUrl },
    database: `sqlite:${join(place, 'transfers.sqlite')}`,
    operations: '127.0.0.1:0',
    task: { maxConcurrency: 10, queueSize: 0, pollInterval: 1 },
    ...changes,
  });
  const loaded = loadTransferConfig(
    { file: 'scicat-globus-proxy-config.yaml', text },
    { readFile: () => '' },
  );
  if (!loaded.ok) throw new ConfigError(loaded.mistakes);
  const log: string[] = [];
  const destination = { write: (line: string) => void log.push(line) };
  const service = await startTransferService(loaded.value, {
    version: 'demo',
    log: createLogger({ service: 'transfer-service', level: 'info', destination }),
    credentials: {
      globusClientId: globusAccount.clientId,
      globusClientSecret: new Secret('the demo', globusAccount.clientSecret),
      scicatUsername: accounts.svcAdmin.username,
      scicatPassword: new Secret('the demo', accounts.svcAdmin.password),
    },
  });
  const operationsPort = Number(service.addresses.operations.split(':').at(-1));
  return { log, operationsPort, stop: () => service.close(5000) };
}
