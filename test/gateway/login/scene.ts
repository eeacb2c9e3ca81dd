// The sign-in of a gateway without a socket: its handlers called as the routes call them, sessions on a database of
// their own, and browsers that keep cookies as browsers do.
import { randomBytes } from 'node:crypto';
import type { TestContext } from 'node:test';
import type { Kysely } from 'kysely';
import { type GatewayConfig, loadGatewayConfig } from '../../../gateway/config.ts';
import { beginSignIn } from '../../../gateway/login/begin.ts';
import { answerCallback } from '../../../gateway/login/callback.ts';
import { Guesses } from '../../../gateway/login/guesses.ts';
import { answerPassword } from '../../../gateway/login/password.ts';
import { createPendingSeal } from '../../../gateway/login/pending-login.ts';
import { withScicat } from '../../../gateway/login/refresh-scicat.ts';
import { SignInProviders } from '../../../gateway/login/sign-in-providers.ts';
import type { Login, Visit } from '../../../gateway/login/visit.ts';
import { pairsOf } from '../../../gateway/proxies/headers.ts';
import { digestProviders } from '../../../gateway/sessions/provider-digest.ts';
import type { Sessions } from '../../../gateway/sessions/sessions.ts';
import type { GatewayTables } from '../../../gateway/store/migrations.ts';
import type { Answer } from '../../../gateway/types.ts';
import { ConfigError } from '../../../platform/config/load.ts';
import { createLogger } from '../../../platform/log.ts';
import { readNetworks } from '../../../platform/networks.ts';
import { createRefusalBook } from '../../../platform/refusal-book.ts';
import { noWebProxies } from '../../../platform/web-proxies.ts';
import { sampleSite } from '../samples.ts';
import { openSessions } from '../sessions/samples.ts';

export const publicUrl = 'https://lab.org/sso';

export type Scene = {
  readonly login: Login;
  readonly sessions: Sessions;
  /** Epoch milliseconds, of the gateway's own clock; the real time at first. */
  readonly clock: { nowMs: number };
  readonly log: readonly string[];
};

/** @param providers and apps in YAML, indented by two. */
export async function openScene(
  t: TestContext,
  { providers, apps }: { readonly providers: string; readonly apps: string },
  changes: Partial<Login> = {},
): Promise<Scene> {
  const text = `publicUrl: ${publicUrl}\nproviders:\n${providers}\napps:\n${apps}\n`;
  const loaded = loadGatewayConfig({ file: 'g.yaml', text }, { readFile: () => '', environment: {} });
  if (!loaded.ok) throw new ConfigError(loaded.mistakes);
  const config = loaded.value;
  const clock = { nowMs: Date.now() };
  const now = () => clock.nowMs;
  const later: { login?: Login } = {};
  const { sessions, db } = await openSessions(t, {
    clock,
    refreshTokens: withScicat(
      (provider) => later.login?.accounts.get(provider),
      () => Promise.reject(new Error('nobody expected a refresh')),
      now,
    ),
  });
  const log: string[] = [];
  const destination = { write: (line: string) => void log.push(line) };
  const logger = createLogger({ service: 'gateway', level: 'debug', destination });
  const login = {
    ...createTestLogin(config, { sessions, guesses: testGuesses(db, now), now, log: logger }),
    ...changes,
  };
  later.login = login;
  return { login, sessions, clock, log };
}

/** Nobody waits after wrong passwords. */
function testGuesses(db: Kysely<GatewayTables>, now: () => number): Guesses {
  return new Guesses({ db, key: randomBytes(32), now, pause: () => Promise.resolve() });
}

/** As serve.ts builds it. */
export function createTestLogin(
  config: GatewayConfig,
  { now, ...parts }: Pick<Login, 'sessions' | 'guesses' | 'now' | 'log'>,
): Login {
  const { publicUrl: url, apps, providers } = config;
  const { clients, accounts } = new SignInProviders({
    webProxies: noWebProxies,
    clock: { now, elapsed: now },
  }).signInFor(providers);
  return {
    publicUrl: url,
    site: sampleSite({ publicUrl: url }),
    apps,
    providers,
    providerDigests: digestProviders(providers),
    cookies: config.cookies,
    sharedComputers: readNetworks(['10.4.0.0/16']),
    clients,
    accounts,
    pendingSeal: createPendingSeal([randomBytes(32)]),
    now,
    refusals: createRefusalBook(),
    ...parts,
  };
}

export type Seen = {
  readonly status: number;
  /** Absolute; empty where there is none. */
  readonly location: string;
  readonly setCookies: readonly string[];
  readonly headers: ReadonlyMap<string, string>;
  readonly body: string;
};

/** A browser at the gateway's own host. */
export class TestBrowser {
  readonly cookies = new Map<string, string>();
  readonly #scene: Scene;
  readonly #address: string;

  constructor(scene: Scene, address = '192.0.2.1') {
    this.#scene = scene;
    this.#address = address;
  }

  /** @param path below publicUrl, or the whole address. */
  async open(path: string): Promise<Seen> {
    const url = new URL(path.startsWith('http') ? path : `${publicUrl}${path}`);
    const below = url.pathname.slice(new URL(publicUrl).pathname.length);
    const visit = this.#visit(url.searchParams);
    const [, provider] = /^\/callback\/([^/]+)$/.exec(below) ?? [];
    if (provider !== undefined) return this.#keep(await answerCallback(visit, this.#scene.login, provider));
    if (below !== '/login') throw new Error(`no handler for ${below}`);
    return this.#keep(await beginSignIn(visit, this.#scene.login));
  }

  async post(form: Readonly<Record<string, string>>, isOwn = true): Promise<Seen> {
    const posted = { form: new URLSearchParams(form), isOwn };
    return this.#keep(await answerPassword(this.#visit(new URLSearchParams()), this.#scene.login, posted));
  }

  /** Whose session the browser has; `undefined`: none that lives. */
  async username(): Promise<string | undefined> {
    const id = this.cookies.get('__Host-beamgate');
    const session = id === undefined ? undefined : await this.#scene.sessions.find(id, 'lab.org');
    return session?.identity.username;
  }

  pending(): readonly string[] {
    return [...this.cookies.keys()].filter((name) => name.startsWith('__Host-beamgate-login-'));
  }

  #visit(query: URLSearchParams): Visit {
    const cookies = [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const headers = ['Cookie', cookies, 'User-Agent', 'Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0'];
    return { query, headers, clientAddress: this.#address, requestId: 'r1' };
  }

  #keep(answer: Answer): Seen {
    const pairs = pairsOf(answer.headers);
    const setCookies = pairs.filter(([name]) => name === 'Set-Cookie').map(([, value]) => value);
    for (const cookie of setCookies) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(cookie) ?? [];
      if (cookie.includes('Max-Age=0')) this.cookies.delete(name);
      else this.cookies.set(name, value);
    }
    const headers = new Map(pairs.map(([name, value]) => [name.toLowerCase(), value]));
    const location = headers.get('location') ?? '';
    return { status: answer.status, location, setCookies, headers, body: answer.body };
  }
}

/** What the admin reads of the code that a page shows: its reason; empty where it shows none, or an unknown one. */
export function reasonOf({ login }: Pick<Scene, 'login'>, { body }: Pick<Seen, 'body'>): string {
  const [, code = ''] = /<dd>(\w{4}-\w{4})<\/dd>/.exec(body) ?? [];
  const [, reason = ''] =
    /^(?:refused|outage) \((\w+)\)/m.exec(login.refusals.find(code)?.join('\n') ?? '') ?? [];
  return reason;
}

/** A person at the identity provider: follows its redirects, picks an account, and stops where it leads elsewhere. */
export async function signInAt(
  start: string,
  account: string,
  jar: Map<string, string> = new Map(),
): Promise<string> {
  const { origin } = new URL(start);
  let url = start;
  let form: string | undefined;
  for (let step = 0; step < 12; step += 1) {
    if (new URL(url).origin !== origin) return url;
    const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join('; ');
    const response = await fetch(url, {
      redirect: 'manual',
      headers: { cookie },
      ...(form === undefined ? {} : { method: 'POST', body: new URLSearchParams({ account: form }) }),
    });
    form = undefined;
    for (const text of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(text) ?? [];
      if (value === '') jar.delete(name);
      else jar.set(name, value);
    }
    const location = response.headers.get('location');
    if (location !== null) url = new URL(location, url).href;
    else if (new URL(url).pathname.startsWith('/sign-in/')) form = account;
    else throw new Error(`${response.status} at ${url}: ${await response.text()}`);
  }
  throw new Error(`no end at ${url}`);
}
