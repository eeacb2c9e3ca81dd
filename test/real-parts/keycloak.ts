// The real Keycloak with deploy/keycloak/'s realm on loopback, and what a test changes in it as its administrator.
import { cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Agent, fetch, type Response } from 'undici';
import { freePort } from '../end-to-end/traefik.ts';
import { findPart, keycloak } from './find.ts';
import { type ServerProcess, startServer } from './server-process.ts';

export type Person = {
  readonly username: string;
  readonly password: string;
  readonly email: string;
  readonly firstName: string;
  readonly lastName: string;
  readonly groups: readonly string[];
};

export type Keycloak = {
  readonly issuer: string;
  /** Of the client `beamgate`. */
  readonly clientSecret: string;
  /** @returns the person's id, `sub` of their tokens. */
  addPerson(person: Person): Promise<string>;
  setEnabled(id: string, enabled: boolean): Promise<void>;
  setGroups(id: string, groups: readonly string[]): Promise<void>;
  /** Ends all sessions of a person at Keycloak: its back channel tells its clients. */
  signOut(id: string): Promise<void>;
  /** Another key signs from now on. */
  rotateKeys(): Promise<void>;
  setAccessTokenLifespan(seconds: number): Promise<void>;
  stop(): Promise<void>;
  start(): Promise<void>;
  remove(): Promise<void>;
};

/** @param gateway where Keycloak may lead browsers back to, and where it reaches the back channel itself. */
export async function startKeycloak(gateway: {
  readonly publicUrl: string;
  readonly backchannelUrl: string;
}): Promise<Keycloak> {
  const program = findPart(keycloak) ?? 'kc.sh';
  const folder = mkdtempSync(join(tmpdir(), 'beamgate-keycloak-'));
  cpSync(dirname(dirname(program)), folder, { recursive: true });
  mkdirSync(join(folder, 'data', 'import'), { recursive: true });
  cpSync(
    new URL('../../deploy/keycloak/realm-lab.json', import.meta.url),
    join(folder, 'data', 'import', 'realm-lab.json'),
  );
  const port = await freePort();
  const base = `http://127.0.0.1:${port}`;
  const clientSecret = 'only-for-this-test-run';
  let running: ServerProcess | undefined;
  const admin = administratorOf(base);
  const server: Keycloak = {
    issuer: `${base}/realms/lab`,
    clientSecret,
    ...changesBy(admin),
    start: async () => {
      running = await startServer({
        program: join(folder, 'bin', 'kc.sh'),
        arguments: argumentsOf(port),
        folder,
        environment: {
          BEAMGATE_OIDC_SECRET: clientSecret,
          BEAMGATE_PUBLIC_URL: gateway.publicUrl,
          BEAMGATE_BACKCHANNEL_URL: gateway.backchannelUrl,
          KC_BOOTSTRAP_ADMIN_USERNAME: administrator.username,
          KC_BOOTSTRAP_ADMIN_PASSWORD: administrator.password,
          JAVA_OPTS_KC_HEAP: '-Xmx512m',
        },
        readyUrl: `${base}/realms/lab/.well-known/openid-configuration`,
      });
    },
    stop: async () => running?.stop(),
    remove: async () => {
      await server.stop();
      rmSync(folder, { recursive: true });
    },
  };
  await server.start();
  return server;
}

const administrator = { username: 'admin', password: 'only-for-this-test-run' };

function argumentsOf(port: number): readonly string[] {
  return [
    'start',
    '--optimized',
    '--cache=local',
    '--http-enabled=true',
    '--hostname-strict=false',
    '--http-host=127.0.0.1',
    `--http-port=${port}`,
    '--import-realm',
  ];
}

type Administrator = (method: string, path: string, body?: unknown) => Promise<Response>;

/** A connection for each call: one that was idle may be closed just as it is used again, and Keycloak is restarted. */
const dispatcher = new Agent({ pipelining: 0 });

/** Keycloak's admin REST API; each call with a token of its own, which lives for a minute only. */
function administratorOf(base: string): Administrator {
  return async (method, path, body) => {
    const granted = await fetch(`${base}/realms/master/protocol/openid-connect/token`, {
      method: 'POST',
      dispatcher,
      body: new URLSearchParams({ grant_type: 'password', client_id: 'admin-cli', ...administrator }),
    });
    const token = readText(await granted.json(), 'access_token');
    const answer = await fetch(`${base}/admin/realms/lab${path}`, {
      method,
      dispatcher,
      headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    if (!answer.ok) throw new Error(`Keycloak: ${method} ${path}: ${answer.status} ${await answer.text()}`);
    return answer;
  };
}

function changesBy(admin: Administrator) {
  const groupId = async (name: string) => {
    const found: unknown = await (await admin('GET', `/groups?exact=true&search=${name}`)).json();
    return readText(Array.isArray(found) ? found[0] : undefined, 'id');
  };
  const enter = async (id: string, name: string) => {
    await admin('PUT', `/users/${id}/groups/${await groupId(name)}`);
  };
  return {
    addPerson: async ({ password, groups, ...person }: Person) => {
      const made = await admin('POST', '/users', {
        ...person,
        enabled: true,
        emailVerified: true,
        credentials: [{ type: 'password', value: password, temporary: false }],
      });
      const id = made.headers.get('location')?.split('/').at(-1) ?? '';
      for (const group of groups) await enter(id, group);
      return id;
    },
    setEnabled: async (id: string, enabled: boolean) => {
      await admin('PUT', `/users/${id}`, { enabled });
    },
    setGroups: async (id: string, groups: readonly string[]) => {
      const before: unknown = await (await admin('GET', `/users/${id}/groups`)).json();
      for (const group of Array.isArray(before) ? before : [])
        await admin('DELETE', `/users/${id}/groups/${readText(group, 'id')}`);
      for (const group of groups) await enter(id, group);
    },
    signOut: async (id: string) => {
      await admin('POST', `/users/${id}/logout`);
    },
    setAccessTokenLifespan: async (seconds: number) => {
      await admin('PUT', '', { accessTokenLifespan: seconds });
    },
    rotateKeys: async () => {
      const realm = readText(await (await admin('GET', '')).json(), 'id');
      await admin('POST', '/components', {
        name: `rsa-${Date.now()}`,
        parentId: realm,
        providerId: 'rsa-generated',
        providerType: 'org.keycloak.keys.KeyProvider',
        config: { priority: [String(Date.now())], enabled: ['true'], active: ['true'], algorithm: ['RS256'] },
      });
    },
  };
}

function readText(value: unknown, key: string): string {
  const text: unknown = typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined;
  if (typeof text !== 'string') throw new Error(`Keycloak's answer has no ${key}`);
  return text;
}
