// A gateway as an admin starts it: `gateway/main.ts` with a file, logs to a file, metrics on, its own defaults but for
// the bounds on questions, which otherwise one load generator would meet.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { dump } from 'js-yaml';
import { type Server, startServer } from './processes.ts';
import { addressOf, jwtSecret } from './requests.ts';

export type GatewayOptions = {
  readonly apps: number;
  readonly scicatUrl: string;
  /** Keys of the provider. */
  readonly scicat?: object;
  /** Keys of the file that are another. */
  readonly more?: object;
  /** Where its files go. */
  readonly place: string;
  readonly hasOwnCore: boolean;
  /** Options of Node's, to profile it. */
  readonly nodeOptions?: readonly string[];
};

const main = fileURLToPath(new URL('../../gateway/main.ts', import.meta.url));

export const manyQuestions = {
  maxConcurrentQuestions: 256,
  maxWaitingQuestions: 20_000,
  maxQuestionsPerClient: 20_000,
};

export function startGateway({ place, hasOwnCore, ...options }: GatewayOptions): Promise<Server> {
  mkdirSync(place);
  const file = join(place, 'gateway.yaml');
  writeFileSync(file, configOf(place, options));
  const command = [...(options.nodeOptions ?? []), main, '--config', file];
  return startServer(command, join(place, 'gateway.log'), hasOwnCore);
}

export function configOf(place: string, options: Omit<GatewayOptions, 'place' | 'hasOwnCore'>): string {
  const { apps, scicatUrl, scicat = manyQuestions, more = {} } = options;
  return dump({
    publicUrl: 'https://lab.localhost/sso',
    trustedProxies: ['127.0.0.1', '::1'],
    listen: { proxies: '127.0.0.1:0', public: '127.0.0.1:0', operations: '127.0.0.1:0' },
    database: `sqlite:${join(place, 'gateway.sqlite')}`,
    providers: { scicat: { kind: 'scicat', url: scicatUrl, jwtSecret: `test-only:${jwtSecret}`, ...scicat } },
    apps: Object.fromEntries(Array.from({ length: apps }, (_, app) => [`app-${app}`, appOf(app)])),
    ...more,
  });
}

function appOf(app: number): object {
  const { host, prefix } = addressOf(app);
  return {
    url: `https://${host}${prefix}`,
    public: ['/open/**'],
    rules: [
      { paths: ['/admin/**'], allow: { groups: ['it'] } },
      { methods: ['GET', 'HEAD'], allow: { groups: ['staff', 'it'] } },
    ],
  };
}
