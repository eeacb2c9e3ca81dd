// Traefik with the files that docker-compose.yml mounts, and its health check as the container runs it.
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { it } from 'node:test';
import { freePort } from '../end-to-end/traefik.ts';
import { waitFor } from '../end-to-end/wait-for.ts';
import { describeWith, findPart, traefik } from '../real-parts/find.ts';
import { hostPathOf, readCompose, readText } from './compose.ts';

describeWith([traefik], 'Traefik as docker-compose.yml starts it', () => {
  it('comes up, and its health check says so', async (t) => {
    const program = findPart(traefik) ?? '';
    const service = readCompose().services.traefik;
    assert.ok(service !== undefined);
    const folder = mkdtempSync(join(tmpdir(), 'beamgate-compose-traefik-'));
    const inside = '/etc/traefik/traefik.yaml';
    const file = join(folder, 'traefik.yaml');
    const [web, secure, ping] = [await freePort(), await freePort(), await freePort()];
    const text = readText(hostPathOf(service, inside) ?? '')
      .replace('":80"', `"127.0.0.1:${web}"`)
      .replace('":443"', `"127.0.0.1:${secure}"`)
      .replace('127.0.0.1:8093', `127.0.0.1:${ping}`);
    const dynamic = hostPathOf(service, '/etc/traefik/dynamic/beamgate.yaml') ?? '';
    assert.match(readText(dynamic), /forwardAuth/);
    writeFileSync(file, text.replace('/etc/traefik/dynamic', folder));
    const [, command = '', ...args] = service.healthcheck.test;
    assert.equal(command, 'traefik');
    const isHealthy = () =>
      spawnSync(
        program,
        args.map((arg) => arg.replace(inside, file)),
      ).status === 0;
    assert.ok(!isHealthy(), 'before it runs');
    const child = spawn(
      program,
      service.command.map((arg) => arg.replace(inside, file)),
      { stdio: 'ignore' },
    );
    t.after(async () => {
      child.kill();
      if (child.exitCode === null) await once(child, 'exit');
      rmSync(folder, { recursive: true, force: true });
    });
    await waitFor('Traefik is healthy', isHealthy);
  });
});
