// A container as the Docker Engine API tells of it: ContainerSummary and ContainerInspectResponse, in the parts that
// say where it is and what its labels are. Pure.
import type { ContainerOptions } from './start.ts';

export type Container = Omit<ContainerOptions, 'health'> & {
  readonly id: string;
  readonly status: 'running' | 'exited';
  readonly health: ContainerOptions['health'];
};

export function summarize(container: Container): object {
  const { id, name, labels, status, port } = container;
  return {
    ...{ Id: id, Names: [`/${name}`], Image: name, ImageID: `sha256:${id}`, Command: name, Created: 0 },
    ...{ Ports: [{ PrivatePort: port, Type: 'tcp' }], Labels: labels, State: status, Status: status },
    HostConfig: { NetworkMode: container.network },
    NetworkSettings: { Networks: networksOf(container) },
    Mounts: [],
  };
}

export function inspect(container: Container): object {
  const { id, name, labels, status, port, health } = container;
  const isRunning = status === 'running';
  return {
    ...{
      Id: id,
      Name: `/${name}`,
      Created: '2026-11-01T00:00:00Z',
      Path: name,
      Args: [],
      Image: `sha256:${id}`,
    },
    State: {
      ...{ Status: status, Running: isRunning, Paused: false, Restarting: false, Dead: false, ExitCode: 0 },
      ...(health === undefined ? {} : { Health: { Status: health, FailingStreak: 0, Log: [] } }),
    },
    HostConfig: { NetworkMode: container.network, PortBindings: {} },
    Config: { Hostname: id.slice(0, 12), Image: name, Labels: labels, ExposedPorts: { [`${port}/tcp`]: {} } },
    NetworkSettings: {
      Ports: isRunning ? { [`${port}/tcp`]: null } : {},
      Networks: networksOf(container),
    },
  };
}

/** One that has ended has no address. */
function networksOf({ network, address, status, id }: Container): object {
  const isRunning = status === 'running';
  return {
    [network]: { NetworkID: id, IPAddress: isRunning ? address : '', GlobalIPv6Address: '', Aliases: null },
  };
}
