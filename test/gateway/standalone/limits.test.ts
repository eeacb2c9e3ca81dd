import assert from 'node:assert/strict';
import { it } from 'node:test';
import { createGatewayMetrics } from '../../../gateway/metrics.ts';
import { LimitNotes } from '../../../gateway/standalone/limits.ts';
import { createLogger } from '../../../platform/log.ts';
import { createRegistry } from '../../../platform/metrics.ts';

it('a limit that acts is counted each time, and logged now and then with its key', async () => {
  const registry = createRegistry('gateway');
  const lines: string[] = [];
  const log = createLogger({
    service: 'gateway',
    level: 'info',
    destination: { write: (line: string) => void lines.push(line) },
  });
  const notes = new LimitNotes(log, createGatewayMetrics(registry));
  for (let time = 0; time < 3; time += 1) notes.note('maxConnections', { client: '192.0.2.1' });
  notes.note('connectMs', { app: 'grafana' });
  assert.match(await registry.metrics(), /beamgate_standalone_limits_total\{limit="maxConnections".*\} 3/);
  assert.deepEqual(
    lines.map((line) => JSON.parse(line)).map(({ limit, client, app }) => ({ limit, client, app })),
    [
      { limit: 'standalone.maxConnections', client: '192.0.2.1', app: undefined },
      { limit: 'standalone.connectMs', client: undefined, app: 'grafana' },
    ],
  );
});
