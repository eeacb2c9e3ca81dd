// The verifiers of every provider, over reloads: one whose configuration did not change keeps its keys, its questions
// and its verdicts; a changed one begins anew, and what was known by the old one counts for nothing.
import type { Dispatcher } from 'undici';
import { isSameConfig } from '../../platform/config/secrets.ts';
import type { Dependencies } from '../../platform/dependencies.ts';
import { createDispatcher } from '../../platform/dispatcher.ts';
import type { Tally } from '../../platform/metrics.ts';
import { Unavailable } from '../../platform/unavailable.ts';
import type { WebProxies } from '../../platform/web-proxies.ts';
import type { Provider } from '../config-providers.ts';
import type { GatewayMetrics } from '../metrics.ts';
import { type CacheTimes, VerdictCache } from './cache.ts';
import { type NoteClaimProblems, noting } from './claim-problems.ts';
import { createOidcVerifier } from './oidc.ts';
import { Questions } from './questions.ts';
import { createScicatCheck, createScicatVerifier } from './scicat.ts';
import { createVerify, type FindSession, type Verifier, type Verify, type VerifyEvents } from './verify.ts';

type Known = { readonly provider: Provider; readonly verifier: Verifier };

export class Verifiers {
  readonly #metrics: GatewayMetrics;
  readonly #dependencies: Dependencies;
  readonly #webProxies: WebProxies;
  readonly #findSession: FindSession;
  readonly #noteClaims: NoteClaimProblems;
  #known: readonly Known[] = [];
  #cache: { readonly times: CacheTimes; readonly verdicts: VerdictCache } | undefined;
  #built = 0;

  constructor(
    metrics: GatewayMetrics,
    dependencies: Dependencies,
    webProxies: WebProxies,
    findSession: FindSession,
    noteClaims: NoteClaimProblems,
  ) {
    this.#metrics = metrics;
    this.#dependencies = dependencies;
    this.#webProxies = webProxies;
    this.#findSession = findSession;
    this.#noteClaims = noteClaims;
  }

  verifyFor(config: { readonly providers: readonly Provider[]; readonly cache: CacheTimes }): Verify {
    this.#known = config.providers.map((provider) => this.#keepOrBuild(provider));
    if (this.#cache === undefined || !isSameConfig(this.#cache.times, config.cache))
      this.#cache = { times: config.cache, verdicts: new VerdictCache(config.cache) };
    const verifiers = this.#known.map(({ verifier }) => verifier);
    const events = verifyEvents(this.#metrics, this.#dependencies);
    return createVerify(verifiers, this.#cache.verdicts, events, this.#findSession);
  }

  #keepOrBuild(provider: Provider): Known {
    const known = this.#known.find((candidate) => isSameConfig(candidate.provider, provider));
    if (known !== undefined) return known;
    this.#built += 1;
    const cacheName = `${provider.name} ${this.#built}`;
    const dispatcher = createDispatcher({ caFile: provider.caFile, webProxies: this.#webProxies });
    const parts = { cacheName, dispatcher };
    const built = buildVerifier(provider, parts, this.#metrics, this.#dependencies);
    return { provider, verifier: { ...built, verify: noting(built.verify, this.#noteClaims) } };
  }
}

function buildVerifier(
  provider: Provider,
  { cacheName, dispatcher }: { readonly cacheName: string; readonly dispatcher: Dispatcher },
  metrics: GatewayMetrics,
  dependencies: Dependencies,
): Verifier {
  const { name } = provider;
  switch (provider.kind) {
    case 'scicat': {
      const questions = new Questions(name, provider.questions);
      return {
        provider: name,
        cacheName,
        kind: 'scicat',
        check: createScicatCheck(provider),
        verify: createScicatVerifier(provider, { dispatcher }),
        questions,
      };
    }
    case 'oidc': {
      const { providerFailed } = verifyEvents(metrics, dependencies);
      const fetched = () => {
        dependencies.succeeded(name);
        metrics.providerCalls.inc({ provider: name, outcome: 'keys_fetched' });
      };
      const failed = (outage: Unavailable) => providerFailed(name, outage);
      const verify = createOidcVerifier(provider, { dispatcher, events: { fetched, failed } });
      return { provider: name, cacheName, kind: 'oidc', issuer: provider.issuer, verify };
    }
  }
}

function verifyEvents(metrics: GatewayMetrics, dependencies: Dependencies): VerifyEvents {
  const lookups = new Map<string, { readonly hit: Tally; readonly miss: Tally }>();
  const lookupsOf = (provider: string) => {
    const known = lookups.get(provider) ?? {
      hit: metrics.cacheLookups.tally({ provider, result: 'hit' }),
      miss: metrics.cacheLookups.tally({ provider, result: 'miss' }),
    };
    lookups.set(provider, known);
    return known;
  };
  return {
    cacheAnswered: (provider, isHit) => {
      lookupsOf(provider)[isHit ? 'hit' : 'miss'].count += 1;
    },
    providerAnswered: (provider, outcome) => {
      dependencies.succeeded(provider);
      metrics.providerCalls.inc({ provider, outcome });
    },
    providerFailed: (provider, error) => {
      const reason = error instanceof Unavailable ? error.reason : 'internal_error';
      dependencies.failed(provider, reason);
      metrics.providerCalls.inc({ provider, outcome: reason });
    },
  };
}
