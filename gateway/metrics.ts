// What the gateway counts, and where: decisions, their duration, cache hits, questions to providers.
import { type ConfigMetrics, createConfigMetrics } from '../platform/config-metrics.ts';
import { BatchedHistogram, Counter, type Registry, TalliedCounter } from '../platform/metrics.ts';

export type GatewayMetrics = ConfigMetrics & {
  readonly decisions: TalliedCounter<'app' | 'outcome' | 'reason'>;
  readonly observations: Counter<'app' | 'rule' | 'outcome' | 'reason'>;
  readonly standaloneLimits: Counter<'limit'>;
  readonly decisionSeconds: BatchedHistogram;
  readonly cacheLookups: TalliedCounter<'provider' | 'result'>;
  readonly providerCalls: Counter<'provider' | 'outcome'>;
  readonly sessionRefreshes: Counter<'provider' | 'outcome'>;
  readonly sessionsEnded: Counter<'by'>;
};

export function createGatewayMetrics(registry: Registry): GatewayMetrics {
  const registers = [registry];
  return {
    decisions: new TalliedCounter({
      name: 'beamgate_decisions_total',
      help: 'Answers to proxies',
      labelNames: ['app', 'outcome', 'reason'],
      registers,
    }),
    observations: new Counter({
      name: 'beamgate_observations_total',
      help: 'What rules with observe would have decided',
      labelNames: ['app', 'rule', 'outcome', 'reason'],
      registers,
    }),
    ...createConfigMetrics(registry),
    standaloneLimits: new Counter({
      name: 'beamgate_standalone_limits_total',
      help: 'Connections and requests that a limit of standalone mode ended, by its key',
      labelNames: ['limit'],
      registers,
    }),
    decisionSeconds: new BatchedHistogram({
      name: 'beamgate_decision_duration_seconds',
      help: 'From question to answer',
      buckets: [0.0005, 0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10],
      registers,
    }),
    cacheLookups: new TalliedCounter({
      name: 'beamgate_cache_lookups_total',
      help: 'Whether a verdict was known',
      labelNames: ['provider', 'result'],
      registers,
    }),
    providerCalls: new Counter({
      name: 'beamgate_provider_calls_total',
      help: 'Questions to providers',
      labelNames: ['provider', 'outcome'],
      registers,
    }),
    sessionRefreshes: new Counter({
      name: 'beamgate_session_refreshes_total',
      help: 'Sessions whose tokens were to be renewed: renewed, refused, or put off by an outage',
      labelNames: ['provider', 'outcome'],
      registers,
    }),
    sessionsEnded: new Counter({
      name: 'beamgate_sessions_ended_total',
      help: 'Sessions ended by a person, by a logout of the provider, by a refused refresh, or by time',
      labelNames: ['by'],
      registers,
    }),
  };
}
