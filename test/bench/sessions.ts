// How many decisions by a session's cookie, with few and with a million of them stored: known for some seconds (warm), and
// each looked up in the database (cold).
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { loadGatewayConfig } from '../../gateway/config.ts';
import { digestProviders } from '../../gateway/sessions/provider-digest.ts';
import { hashOf } from '../../gateway/sessions/random.ts';
import { type GatewayTables, migrations } from '../../gateway/store/migrations.ts';
import { ConfigError } from '../../platform/config/load.ts';
import { openDatabase } from '../../platform/database.ts';
import type { Machine, Started } from './decisions.ts';
import { configOf, startGateway } from './gateway.ts';
import { addressOf, question } from './requests.ts';
import { inRounds, type Rounds, ratesOf, type Subject, settle, summarise } from './rounds.ts';
import type { Row } from './table.ts';

export type SessionScale = Rounds & {
  /** How many sessions are stored: few, many. */
  readonly stored: readonly number[];
  /** How many of them are used. */
  readonly used: number;
};

const apps = 10;

export async function measureSessions(
  machine: Machine,
  { raw }: Started,
  scale: SessionScale,
): Promise<readonly Row[]> {
  const requests = Array.from({ length: scale.used }, (_, user) =>
    question({ app: user % apps, cookie: `__Host-beamgate=${idOf(user)}` }),
  );
  const subjects: Subject[] = [{ ...raw, name: 'raw node:http', requests, expects: 'passes' }];
  for (const stored of scale.stored) {
    const place = join(machine.place, `sessions-${stored}`);
    const database = `sqlite:${join(place, 'sessions.sqlite')}`;
    await fill(database, place, { stored, digest: digestFor(machine) });
    for (const [kind, cacheSeconds] of [
      ['warm', 3],
      ['cold', 0],
    ] as const) {
      const more = { database, sessions: { cacheSeconds } };
      const gateway = await startGateway({ ...machine, apps, more, place: join(place, kind) });
      subjects.push({
        ...gateway,
        name: `${kind}, ${stored} stored`,
        requests,
        expects: 'passes',
        isWarmedFirst: kind === 'warm',
      });
    }
  }
  for (const subject of subjects) await settle(machine.wrk, subject, scale);
  const measured = await inRounds(machine.wrk, subjects, scale);
  const rawRates = ratesOf(measured[0] ?? []);
  return subjects.map(({ name }, index) => ({ name, ...summarise(measured[index] ?? [], rawRates) }));
}

/** Of the provider that the gateways will have. */
function digestFor(machine: Machine): string {
  const text = configOf(machine.place, { ...machine, apps });
  const loaded = loadGatewayConfig({ file: 'gateway.yaml', text }, { readFile: () => '', environment: {} });
  if (!loaded.ok) throw new ConfigError(loaded.mistakes);
  return digestProviders(loaded.value.providers).get('scicat') ?? '';
}

function idOf(user: number): string {
  return hashOf(`session ${user}`);
}

/** As many sign-ins would have left it. */
async function fill(
  url: string,
  place: string,
  { stored, digest }: { readonly stored: number; readonly digest: string },
): Promise<void> {
  mkdirSync(place);
  const db = await openDatabase<GatewayTables>({ url, durability: 'normal', exclusive: false, migrations });
  await db.destroy();
  const sqlite = new DatabaseSync(url.replace('sqlite:', ''));
  sqlite.exec('PRAGMA synchronous = OFF; BEGIN');
  const nowMs = Date.now();
  const session = sqlite.prepare(
    `insert into sessions (key, provider, provider_digest, realm, subject, username, sid, identity, created_at_ms, auth_time_ms,
      last_seen_at_ms, idle_ms, expires_at_ms, ends_at_ms, device, address, is_shared, version)
      values (?, 'scicat', ?, 'scicat', ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'Firefox', '10.1.2.3', 0, 1)`,
  );
  const id = sqlite.prepare('insert into session_ids values (?, ?, ?, ?)');
  const hourMs = 3_600_000;
  for (let user = 0; user < stored; user += 1) {
    const key = `00000000-0000-4000-8000-${String(user).padStart(12, '0')}`;
    const name = `user-${user}`;
    const endsAtMs = nowMs + 10 * hourMs + user;
    const times = [nowMs, nowMs, nowMs, 10 * hourMs, endsAtMs, endsAtMs];
    session.run(key, digest, `id-${name}`, name, `sid-${name}`, identityOf(name), ...times);
    id.run(hashOf(idOf(user)), key, addressOf(user % apps).host, nowMs);
  }
  sqlite.exec('COMMIT');
  sqlite.close();
}

function identityOf(username: string): string {
  return JSON.stringify({
    provider: 'scicat',
    realm: 'scicat',
    id: `id-${username}`,
    username,
    groups: ['staff', 'p12345'],
    roles: [],
    email: `${username}@lab.org`,
    name: username,
    claims: { sub: username, groups: ['staff', 'p12345'] },
  });
}
