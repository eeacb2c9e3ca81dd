// The real Prefect, its API and its UI, on loopback.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../end-to-end/traefik.ts';
import { findPart, prefect } from './find.ts';
import { startServer } from './server-process.ts';

export type Prefect = { readonly port: number; stop(): Promise<void> };

/**
 * @param paths under which browsers find it: the UI is served below `ui` by Prefect itself, and asks the API at `api`.
 */
export async function startPrefect(paths: { readonly api: string; readonly ui: string }): Promise<Prefect> {
  const folder = mkdtempSync(join(tmpdir(), 'beamgate-prefect-'));
  const port = await freePort();
  const server = await startServer({
    program: findPart(prefect) ?? 'prefect',
    arguments: ['server', 'start', '--host', '127.0.0.1', '--port', String(port), '--no-services'],
    folder,
    environment: {
      PREFECT_HOME: folder,
      PREFECT_UI_API_URL: paths.api,
      PREFECT_UI_SERVE_BASE: paths.ui,
      PREFECT_SERVER_ANALYTICS_ENABLED: 'false',
      DO_NOT_TRACK: '1',
    },
    readyUrl: `http://127.0.0.1:${port}/api/health`,
  });
  return {
    port,
    stop: async () => {
      await server.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
