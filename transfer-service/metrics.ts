// What the transfer-service counts, and where: transfers by state, bytes, calls to Globus and SciCat, answers.
import { type ConfigMetrics, createConfigMetrics } from '../platform/config-metrics.ts';
import { Counter, Gauge, type Registry } from '../platform/metrics.ts';
import { endStates, openStates } from './engine/types.ts';

export type TransferMetrics = ConfigMetrics & {
  readonly bytes: Counter;
  readonly ended: Counter<'state' | 'reason'>;
  readonly calls: Counter<'dependency' | 'outcome'>;
  readonly answers: Counter<'route' | 'status'>;
};

/** Asked when the metrics are. */
export type TransferCounts = {
  readonly countByState: () => Promise<ReadonlyMap<string, number>>;
  readonly countUnsettled: () => Promise<number>;
};

export function createTransferMetrics(
  registry: Registry,
  { countByState, countUnsettled }: TransferCounts,
): TransferMetrics {
  const registers = [registry];
  new Gauge({
    name: 'beamgate_transfers',
    help: 'Transfers by state',
    labelNames: ['state'],
    registers,
    async collect() {
      const counts = await countByState();
      for (const state of [...openStates, ...endStates]) this.set({ state }, counts.get(state) ?? 0);
    },
  });
  new Gauge({
    name: 'beamgate_transfers_unsettled',
    help: 'Transfers that have not ended, or of whose end SciCat does not know yet',
    registers,
    async collect() {
      this.set(await countUnsettled());
    },
  });
  return {
    ...createConfigMetrics(registry),
    bytes: new Counter({
      name: 'beamgate_transferred_bytes_total',
      help: 'Bytes moved by Globus',
      registers,
    }),
    ended: new Counter({
      name: 'beamgate_transfers_ended_total',
      help: 'Attempts of transfers that have ended, by how and why',
      labelNames: ['state', 'reason'],
      registers,
    }),
    calls: new Counter({
      name: 'beamgate_dependency_calls_total',
      help: 'Requests to SciCat, Globus Auth and Globus by outcome: a class of status, or why there was none',
      labelNames: ['dependency', 'outcome'],
      registers,
    }),
    answers: new Counter({
      name: 'beamgate_transfer_api_answers_total',
      help: 'Answers to clients',
      labelNames: ['route', 'status'],
      registers,
    }),
  };
}
