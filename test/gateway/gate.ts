// A gate as start.ts builds it from a file, but that who is who comes from a table, and log lines are kept.
import { generateKeyPairSync } from 'node:crypto';
import { exportJWK } from 'jose';
import { type Assertions, createAssertions, type SigningKeys } from '../../gateway/assertion.ts';
import { type GatewayConfig, loadGatewayConfig } from '../../gateway/config.ts';
import type { Verify } from '../../gateway/credentials/verify.ts';
import type { Gate } from '../../gateway/decide.ts';
import { createGatewayMetrics } from '../../gateway/metrics.ts';
import { createPassports } from '../../gateway/passport.ts';
import { indexApps } from '../../gateway/policy/app-index.ts';
import { json } from '../../gateway/proxies/render.ts';
import { createRecords } from '../../gateway/record.ts';
import type { AssertionKey } from '../../gateway/store/sealed-key.ts';
import type { Authentication, Identity } from '../../gateway/types.ts';
import { ConfigError } from '../../platform/config/load.ts';
import { createLogger } from '../../platform/log.ts';
import { createRegistry, type Registry } from '../../platform/metrics.ts';
import { createRefusalBook } from '../../platform/refusal-book.ts';
import { sampleIdentity, sampleSite } from './samples.ts';

export type TestGate = {
  readonly gate: Gate;
  readonly assertions: Assertions;
  readonly config: GatewayConfig;
  /** Every log line so far, as it was written. */
  readonly log: readonly string[];
  /** Every token that somebody asked about. */
  readonly asked: readonly string[];
  /** Every request whose session was ended. */
  readonly ended: readonly string[];
  readonly registry: Registry;
};

export const site = `publicUrl: https://lab.org/sso
trustedProxies: [127.0.0.1, 10.0.0.0/8]
providers:
  scicat: { kind: scicat, url: https://scicat.lab.org }
apps:
  echo: { url: https://lab.org/echo, allow: signed-in, public: [/open/**] }
  staff: { url: https://lab.org/staff, allow: { groups: [staff] } }
  closed: { url: https://lab.org/closed, allow: nobody }
  methods: { url: https://lab.org/methods, rules: [{ methods: [GET], allow: public }] }
  ecflow: { url: https://lab.org/ecflow, allow: signed-in, public: [/open], preset: ecflow }
  keeps: { url: https://lab.org/keeps, allow: signed-in, keep: [Authorization] }
`;

/** What its rules go by. */
export const nowMs = 1_800_000_000_000;

const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });

/**
 * @param known what the provider says of a token: a verdict, an identity's own values, or the error that it throws;
 * of any other token that it refuses it.
 */
export async function createTestGate(
  known: Readonly<Record<string, Partial<Identity> | Authentication | Error>> = { good: {} },
  text: string = site,
): Promise<TestGate> {
  const loaded = loadGatewayConfig({ file: 'g.yaml', text }, { readFile: () => '', environment: {} });
  if (!loaded.ok) throw new ConfigError(loaded.mistakes);
  const config = loaded.value;
  const asked: string[] = [];
  const ended: string[] = [];
  const log: string[] = [];
  const registry = createRegistry('gateway');
  const metrics = createGatewayMetrics(registry);
  const logger = createLogger({
    service: 'gateway',
    level: 'debug',
    destination: { write: (line: string) => void log.push(line) },
  });
  const refusals = createRefusalBook();
  const keys = fixedKeys(await testKey());
  const assertions = createAssertions({ issuer: config.publicUrl, ttlSeconds: 60, keys });
  const site = sampleSite({ publicUrl: config.publicUrl });
  const gate: Gate = {
    authenticated: config.authenticated,
    policy: {
      apps: indexApps(config.apps),
      providerHeaders: new Map(
        config.providers.flatMap((one) => (one.kind === 'scicat' ? [[one.header, one.name] as const] : [])),
      ),
      cookies: config.cookies,
      now: () => nowMs,
    },
    verify: verifyFrom(known, asked),
    passports: createPassports({ assertions, site }),
    site,
    metrics,
    log: logger,
    records: createRecords({ metrics, log: logger, refusals, file: 'g.yaml' }),
    refusals,
    endSession: async ({ requestId }) => void ended.push(requestId),
    reserved: async ({ requestId }) => json(404, { reason: 'not_found', requestId }),
  };
  return { gate, assertions, config, log, asked, ended, registry };
}

/** A key as the database gives it. */
export async function testKey() {
  const jwk = await exportJWK(privateKey);
  const { kty, crv, x, y } = jwk;
  if (kty !== 'EC') throw new TypeError('no EC key');
  return {
    kid: 'test',
    privateKey,
    publicJwk: { kty, ...(crv && x && y ? { crv, x, y } : {}), kid: 'test', alg: 'ES256', use: 'sig' },
  };
}

/** Keys that never change; the first one signs. */
export function fixedKeys(...keys: readonly [AssertionKey, ...AssertionKey[]]): SigningKeys {
  return { signing: () => keys[0], published: () => keys.map(({ publicJwk }) => publicJwk) };
}

function verifyFrom(
  known: Readonly<Record<string, Partial<Identity> | Authentication | Error>>,
  asked: string[],
): Verify {
  return async (credential, { app }) => {
    if (credential.kind === 'absent') return credential;
    if (credential.kind === 'malformed') return { kind: 'rejected', reason: 'credential_malformed' };
    if (credential.kind === 'basic') return { kind: 'rejected', reason: 'credential_unsupported' };
    if (credential.kind === 'header' && !app.providers.includes(credential.provider))
      return { kind: 'rejected', reason: 'provider_not_accepted' };
    const presented = credential.kind === 'session' ? credential.id : credential.token;
    asked.push(presented);
    const answer = Object.hasOwn(known, presented) ? known[presented] : undefined;
    if (answer === undefined && credential.kind === 'session') return { kind: 'absent' };
    if (answer === undefined) return { kind: 'rejected', reason: 'token_refused' };
    if (answer instanceof Error) throw answer;
    return 'kind' in answer ? answer : { kind: 'verified', identity: sampleIdentity(answer) };
  };
}
