// Counts configuration reloads, taken over or rejected, and shows whether the latest configuration serves.
import { Counter, Gauge, type Registry } from './metrics.ts';

export type ConfigMetrics = {
  readonly reloads: Counter<'result'>;
  readonly configIsCurrent: Gauge;
};

export function createConfigMetrics(registry: Registry): ConfigMetrics {
  const registers = [registry];
  return {
    reloads: new Counter({
      name: 'beamgate_config_reloads_total',
      help: 'Configurations taken over, and refused',
      labelNames: ['result'],
      registers,
    }),
    configIsCurrent: new Gauge({
      name: 'beamgate_config_is_current',
      help: '0 while the file has a mistake and an older configuration serves',
      registers,
    }),
  };
}
