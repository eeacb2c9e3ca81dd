// The real MinIO with its console, on loopback.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../end-to-end/traefik.ts';
import { findPart, minio } from './find.ts';
import { startServer } from './server-process.ts';

export type Minio = {
  readonly port: number;
  readonly consolePort: number;
  readonly user: string;
  readonly password: string;
  stop(): Promise<void>;
};

/** @param consoleUrl where browsers find the console, which may be below a path. */
export async function startMinio(consoleUrl: string): Promise<Minio> {
  const folder = mkdtempSync(join(tmpdir(), 'beamgate-minio-'));
  const [port, consolePort] = [await freePort(), await freePort()];
  const [user, password] = ['lab-admin', 'only-for-this-test-run'];
  const server = await startServer({
    program: findPart(minio) ?? 'minio',
    arguments: [
      'server',
      folder,
      '--address',
      `127.0.0.1:${port}`,
      '--console-address',
      `127.0.0.1:${consolePort}`,
    ],
    folder,
    environment: {
      MINIO_ROOT_USER: user,
      MINIO_ROOT_PASSWORD: password,
      MINIO_BROWSER_REDIRECT_URL: consoleUrl,
      MINIO_UPDATE: 'off',
    },
    readyUrl: `http://127.0.0.1:${port}/minio/health/live`,
  });
  return {
    port,
    consolePort,
    user,
    password,
    stop: async () => {
      await server.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
