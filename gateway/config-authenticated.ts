// The app that `/authenticate` asks about: nginx's set-up says neither which host is meant nor which method. Pure.
import type { Complaint } from '../platform/config/mistakes.ts';
import { unknownName } from './config-rules.ts';
import type { GatewayFile } from './config-schema.ts';
import type { AuthenticatedApp } from './proxies/forwarded.ts';
import type { App } from './types.ts';

/** @returns the app, or what stands against it; `undefined` where the file names none. */
export function compileAuthenticated(
  { authenticateApp: name }: GatewayFile,
  apps: readonly App[],
): AuthenticatedApp | Complaint | undefined {
  if (name === undefined) return undefined;
  const complaint = (message: string): Complaint => ({ path: ['authenticateApp'], message });
  const app = apps.find((one) => one.name === name);
  if (app === undefined)
    return complaint(
      unknownName(
        'app',
        name,
        apps.map((one) => one.name),
      ),
    );
  if (app.rules.some(({ methods }) => methods !== 'any'))
    return complaint('nobody says there which method is meant: its rules go without `methods`');
  if (app.rules.some(({ networks }) => networks !== 'any'))
    return complaint('nobody says there from where a request comes: its rules go without `networks`');
  if (app.host.kind !== 'exact') return complaint('nobody says there which host is meant: its url names one');
  const scheme = app.url.startsWith('http:') ? 'http' : 'https';
  return { name, scheme, host: { name: app.host.name, port: app.host.port } };
}
