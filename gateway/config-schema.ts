// The gateway's file as an admin writes it: every key, its default and what it is for. The only source of the types,
// the JSON Schema and the reference in the README.
import { z } from 'zod';
import { type SecretSources, secretSchema } from '../platform/config/secrets.ts';
import { addressSchema } from '../platform/server.ts';
import { allow, allowWho, app, rule } from './config-schema-apps.ts';
import { providerSchema } from './config-schema-providers.ts';
import { sessions } from './config-schema-sessions.ts';
import { site } from './config-schema-site.ts';
import { standalone } from './config-schema-standalone.ts';
import { trial } from './config-schema-trials.ts';
import { count, describe, name } from './config-schema-values.ts';

/** @param sources with what `file:` and `env:` are resolved. */
export function gatewaySchema(sources: SecretSources) {
  const secret = secretSchema(sources);
  return z.strictObject({
    publicUrl: describe(z.string(), 'where a browser reaches the gateway; a path is fine'),
    insecure: describe(
      z.boolean().default(false),
      'plain http is served for hosts other than localhost: anyone on the network reads every token',
    ),
    site: describe(site(sources).prefault({}), 'what people see of the facility on every page'),
    trustedProxies: describe(
      z.array(z.string().min(1)).default(['127.0.0.1', '::1']),
      'whose questions and X-Forwarded-* are believed; `private` for RFC 1918 and ULA; `[]`: nobody, in standalone mode with no proxy before it',
    ),
    listen: describe(
      z
        .strictObject({
          proxies: describe(addressSchema.prefault('127.0.0.1:8081'), 'for the questions of trusted proxies'),
          public: describe(
            addressSchema.prefault('127.0.0.1:8080'),
            'what people and clients call, below publicUrl',
          ),
          operations: describe(addressSchema.prefault('127.0.0.1:9091'), 'health and metrics'),
          standalone: describe(
            addressSchema.optional(),
            'the gateway as the proxy itself, for apps with `upstream`',
          ),
          reusePort: describe(
            z.boolean().default(false),
            'another gateway may listen on the same addresses, so that the next one can start before this one stops; Linux',
          ),
          drainWaitMs: describe(
            z.int().min(0).max(5000).default(0),
            'how long it goes on as before after SIGTERM while `/health/ready` says 503, until load balancers have seen that',
          ),
        })
        .prefault({}),
      'host:port of each listener',
    ),
    standalone: describe(standalone.prefault({}), 'what standalone mode grants a client and an app'),
    database: describe(
      z
        .string()
        .regex(
          /^(?:sqlite:.+|postgres(?:ql)?:\/\/.+)$/,
          'sqlite:path/to/file, or postgres://user@host/name without a password',
        )
        .default('sqlite:var/beamgate.sqlite'),
      'where keys and sessions are kept: `sqlite:path/to/file`, or `postgres://user@host/name` for several gateways; `?sslmode=verify-full&sslrootcert=/path` there is TLS',
    ),
    databasePassword: describe(secret.optional(), "of PostgreSQL's user"),
    assertion: describe(
      z
        .strictObject({
          ttlSeconds: describe(z.int().min(10).max(600).default(60), 'how long an assertion is good'),
          rotateDays: describe(
            z.int().min(1).max(365).default(30),
            'how long one key signs them; the next one is published all that time',
          ),
          encryptionKey: describe(
            secret.optional(),
            "encrypts what the gateway keeps: the assertion keys and the sessions' tokens in the database, sign-ins under way in their cookies; 32 bytes in base64url, the same for all gateways on one database; default: a file made beside the database",
          ),
          previousEncryptionKeys: describe(
            z.array(secret).min(1).optional(),
            'those that it has replaced, as long as something is encrypted with them',
          ),
        })
        .prefault({}),
      'what the gateway signs for the services behind',
    ),
    cache: describe(
      z
        .strictObject({
          identitySeconds: describe(
            z.int().min(0).max(3600).default(60),
            'how long a verified token is not asked for again, at most until it expires',
          ),
          rejectionSeconds: describe(z.int().min(0).max(60).default(5), 'how long a refused one is not'),
          maxEntries: describe(count.default(50_000), 'tokens remembered'),
        })
        .prefault({}),
      'verified identities',
    ),
    sessions: describe(sessions, 'how long somebody who has signed in with a browser stays so'),
    cookieDomain: describe(
      z
        .string()
        .regex(/^[a-z0-9-]+(\.[a-z0-9-]+)+$/, 'a domain such as lab.org')
        .optional(),
      'all hosts below it share one cookie, and every one of them can use it; without: each host has its own',
    ),
    log: describe(
      z.strictObject({ level: z.enum(['debug', 'info', 'warn', 'error']).default('info') }).prefault({}),
      'one JSON line a decision',
    ),
    providers: describe(
      z.record(name, providerSchema(sources)),
      'who vouches for users; the key is the name, and the realm',
    ),
    admins: describe(
      allowWho.optional(),
      "who sees everybody's sessions and may end them: `users`, `groups` and `roles` are alternatives, `realms` narrows them",
    ),
    authenticateApp: describe(
      name.optional(),
      'the app that `/authenticate` asks about, for nginx set-ups that were made for Auth-o-tron; without: that address is not served',
    ),
    defaults: describe(
      z.strictObject({ allow: allow.optional(), rules: z.array(rule).min(1).optional() }).optional(),
      'for apps with neither `allow` nor `rules`',
    ),
    tests: describe(
      z.array(trial).optional(),
      'requests and what has to come of them: `check`, the start and every reload refuse the file where one differs',
    ),
    apps: describe(
      z.record(name, app(sources)),
      "what stands behind the gateway; the key is the app's name and its assertion's `aud`",
    ),
  });
}

export type GatewayFile = z.output<ReturnType<typeof gatewaySchema>>;
