// A Docker Engine's socket with containers that run nowhere: what Traefik's Docker provider asks, and nothing else.
// Held to the Docker Engine API 1.51 (moby, api/docs/v1.51.yaml): SystemPing, SystemVersion, ContainerList,
// ContainerInspect, SystemEvents. Any other question is 404, as an engine answers what it does not know.
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Container, inspect, summarize } from './container.ts';

export type ContainerOptions = {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  /** Its address in the one network that it is in. */
  readonly network: string;
  readonly address: string;
  /** That its image exposes. */
  readonly port: number;
  /** Without: its image has no health check. */
  readonly health?: 'starting' | 'healthy' | 'unhealthy';
};

export type DockerSimulator = {
  /** `unix:///...` */
  readonly endpoint: string;
  /** Method and path of every question so far. */
  readonly requests: readonly string[];
  run(options: ContainerOptions): void;
  /** Its container stays, as one that has ended. */
  stopContainer(name: string): void;
  setHealth(name: string, health: 'healthy' | 'unhealthy'): void;
  /** As an engine that restarts: every stream of events ends. */
  cutEvents(): void;
  stop(): Promise<void>;
};

const apiVersion = '1.51';
const oldestApiVersion = '1.24';

export async function startDocker(): Promise<DockerSimulator> {
  const place = mkdtempSync(join(tmpdir(), 'beamgate-docker-'));
  const containers = new Map<string, Container>();
  const listeners = new Set<ServerResponse>();
  const requests: string[] = [];
  const server = createServer((request, response) => {
    requests.push(`${request.method} ${request.url}`);
    request.resume();
    answer(request, response, { containers: [...containers.values()], listeners });
  });
  server.listen(join(place, 'docker.sock'));
  await once(server, 'listening');
  const announce = ({ id, name, labels }: Container, action: string) => {
    const nowMs = Date.now();
    const event = {
      ...{ Type: 'container', Action: action, Actor: { ID: id, Attributes: { ...labels, name } } },
      ...{ scope: 'local', time: Math.floor(nowMs / 1000), timeNano: nowMs * 1_000_000 },
    };
    for (const listener of listeners) listener.write(`${JSON.stringify(event)}\n`);
  };
  const change = (name: string, changes: Partial<Container>, action: string) => {
    const container = containers.get(name);
    if (container === undefined) throw new Error(`no container is named ${name}`);
    const changed = { ...container, ...changes };
    containers.set(name, changed);
    announce(changed, action);
  };
  return {
    endpoint: `unix://${join(place, 'docker.sock')}`,
    requests,
    run: ({ health, ...options }) => {
      const id = randomBytes(32).toString('hex');
      containers.set(options.name, { ...options, id, health, status: 'running' });
      change(options.name, {}, 'start');
    },
    stopContainer: (name) => change(name, { status: 'exited' }, 'die'),
    setHealth: (name, health) => change(name, { health }, `health_status: ${health}`),
    cutEvents: () => {
      for (const listener of listeners) listener.destroy();
    },
    stop: async () => {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
      rmSync(place, { recursive: true, force: true });
    },
  };
}

type Engine = { readonly containers: readonly Container[]; readonly listeners: Set<ServerResponse> };

type Told = { readonly status: number; readonly body: unknown };

const notFound: Told = { status: 404, body: { message: 'page not found' } };

function answer(request: IncomingMessage, response: ServerResponse, engine: Engine): void {
  response
    .setHeader('Api-Version', apiVersion)
    .setHeader('Ostype', 'linux')
    .setHeader('Server', 'Docker/28.5.2');
  const { pathname, searchParams } = new URL(request.url ?? '', 'http://docker');
  if (pathname === '/_ping') return void response.setHeader('Cache-Control', 'no-cache').end('OK');
  const [, version = apiVersion, path = ''] = /^\/v(1\.\d+)(\/.*)$/.exec(pathname) ?? [];
  const mistake = versionMistake(version);
  const { status, body } =
    mistake !== undefined
      ? { status: 400, body: { message: mistake } }
      : request.method === 'GET'
        ? tell(path, searchParams, engine)
        : notFound;
  if (body === events) openEvents(response, engine.listeners);
  else response.writeHead(status, { 'Content-Type': 'application/json' }).end(`${JSON.stringify(body)}\n`);
}

function tell(path: string, parameters: URLSearchParams, { containers }: Engine): Told {
  const id = /^\/containers\/([^/]+)\/json$/.exec(path)?.[1];
  if (path === '/version') return { status: 200, body: versions };
  if (path === '/containers/json') {
    const isAll = ['1', 'true'].includes(parameters.get('all') ?? '');
    const listed = containers.filter(({ status }) => isAll || status === 'running');
    return { status: 200, body: listed.map(summarize) };
  }
  if (path === '/events') return tellEvents(parameters.get('filters') ?? '{}');
  if (id === undefined) return notFound;
  const found = containers.find((container) => container.id === id || container.name === id);
  return found === undefined
    ? { status: 404, body: { message: `No such container: ${id}` } }
    : { status: 200, body: inspect(found) };
}

/** In place of a body: a stream. */
const events = Symbol('events');

/** @param filters in JSON. Only events of containers are simulated, and only asked for as `{"type":{"container":true}}`. */
function tellEvents(filters: string): Told {
  return filters === '{"type":{"container":true}}'
    ? { status: 200, body: events }
    : { status: 400, body: { message: 'invalid filter' } };
}

function openEvents(response: ServerResponse, listeners: Set<ServerResponse>): void {
  response.writeHead(200, { 'Content-Type': 'application/json' }).flushHeaders();
  listeners.add(response);
  response.on('close', () => listeners.delete(response));
}

const versions = {
  ...{ Version: '28.5.2', ApiVersion: apiVersion, MinAPIVersion: oldestApiVersion },
  ...{ Os: 'linux', Arch: 'amd64', KernelVersion: '6.1.0', GitCommit: 'simulated', GoVersion: 'go1.24' },
};

function versionMistake(version: string): string | undefined {
  const minor = (text: string) => Number(text.split('.')[1]);
  if (minor(version) > minor(apiVersion))
    return `client version ${version} is too new. Maximum supported API version is ${apiVersion}`;
  if (minor(version) < minor(oldestApiVersion))
    return `client version ${version} is too old. Minimum supported API version is ${oldestApiVersion}, please upgrade your client to a newer version`;
  return undefined;
}
