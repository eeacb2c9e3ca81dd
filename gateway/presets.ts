// What is known of an app by name: in which headers it reads who is there, which paths tell its health, which sign out
// of it, and which credentials are its own. Every part of it can be said otherwise on the app. Pure.
import type { App, CredentialKind, Dialect, EncodedCharacter } from './types.ts';

export type Preset = {
  readonly dialect: Dialect;
  /** Its name for people, where the file gives none. */
  readonly title?: string;
  /** Anyone may `GET` them. */
  readonly healthPaths: readonly string[];
  readonly logoutPaths: readonly string[];
  /** What the gateway reads; anything else is the app's own and passes untouched. */
  readonly credentials: readonly CredentialKind[];
  readonly encodedCharacters: readonly EncodedCharacter[];
  /** Which statuses its clients can read. */
  readonly statuses?: App['statuses'];
};

const everyKind: readonly CredentialKind[] = ['session', 'bearer', 'basic', 'header'];

/** An app of which nothing but its headers is known. */
const headersOnly = (dialect: Dialect): Preset => ({
  dialect,
  healthPaths: [],
  logoutPaths: [],
  credentials: everyKind,
  encodedCharacters: [],
});

export const presetNames = [
  'beamgate',
  'ecflow',
  'authentik',
  'remote-user',
  'oauth2-proxy',
  'forwarded-user',
  'grafana',
  'minio',
  'prefect',
  'traefik-dashboard',
  'globus-proxy',
] as const;

export const presets: Readonly<Record<(typeof presetNames)[number], Preset>> = {
  beamgate: headersOnly('beamgate'),
  ecflow: headersOnly('ecflow'),
  // The transfer-service: clients of the SciCat Globus Proxy lose the message of a status that its description lacks.
  'globus-proxy': { ...headersOnly('beamgate'), statuses: 'globus-proxy' },
  authentik: headersOnly('authentik'),
  'remote-user': headersOnly('remote-user'),
  'oauth2-proxy': headersOnly('oauth2-proxy'),
  // traefik-forward-auth answers there itself, on every app's host.
  'forwarded-user': { ...headersOnly('forwarded-user'), logoutPaths: ['/_oauth/logout'] },
  // Grafana's documentation: auth proxy, auth.jwt, HTTP API. `Authorization` holds its own service accounts' tokens.
  grafana: {
    ...headersOnly('grafana'),
    title: 'Grafana',
    healthPaths: ['/api/health', '/healthz'],
    logoutPaths: ['/logout'],
    credentials: ['session', 'header'],
  },
  // The console and the S3 API. `Authorization` holds signatures, and names of objects are part of the path.
  minio: {
    ...headersOnly('beamgate'),
    title: 'MinIO',
    logoutPaths: ['/api/v1/logout'],
    credentials: ['session', 'header'],
    encodedCharacters: ['slash', 'percent'],
  },
  // Prefect's documentation: security settings, REST API. Its own password comes as Basic.
  prefect: {
    ...headersOnly('beamgate'),
    title: 'Prefect',
    healthPaths: ['/api/health', '/api/ready'],
    credentials: ['session', 'bearer', 'header'],
  },
  'traefik-dashboard': { ...headersOnly('beamgate'), title: 'Traefik' },
};
