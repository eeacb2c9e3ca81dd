import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { BatchedHistogram, createRegistry, TalliedCounter } from '../../platform/metrics.ts';

describe('a counter with tallies', () => {
  it('says what was tallied and what was counted, and each only once', async () => {
    const registry = createRegistry('test');
    const counter = new TalliedCounter({
      name: 'asked_total',
      help: 'x',
      labelNames: ['app', 'outcome'],
      registers: [registry],
    });
    const tally = counter.tally({ app: 'a', outcome: 'allow' });
    tally.count += 2;
    counter.tally({ outcome: 'allow', app: 'a' }).count += 1;
    counter.tally({ app: 'b', outcome: 'allow' }).count += 1;
    counter.inc({ app: 'b', outcome: 'allow' });
    assert.match(await registry.metrics(), /asked_total\{app="a",outcome="allow",service="test"\} 3\n/);
    tally.count += 1;
    const later = await registry.metrics();
    assert.match(later, /asked_total\{app="a",outcome="allow",service="test"\} 4\n/);
    assert.match(later, /asked_total\{app="b",outcome="allow",service="test"\} 2\n/);
  });

  it('does not take one label for another that reads alike', () => {
    const registry = createRegistry('test');
    const counter = new TalliedCounter({
      name: 'x_total',
      help: 'x',
      labelNames: ['a', 'b'],
      registers: [registry],
    });
    assert.notEqual(counter.tally({ a: 'x,y', b: '' }), counter.tally({ a: 'x', b: 'y,' }));
  });
});

describe('a histogram that takes values by the thousand', () => {
  it('has all of them whenever it is read', async () => {
    const registry = createRegistry('test');
    const histogram = new BatchedHistogram({
      name: 'took_seconds',
      help: 'x',
      buckets: [0.1, 1],
      registers: [registry],
    });
    for (let noted = 0; noted < 1500; noted++) histogram.note(noted < 500 ? 0.05 : 0.5);
    const text = await registry.metrics();
    assert.match(text, /took_seconds_bucket\{le="0\.1",service="test"\} 500\n/);
    assert.match(text, /took_seconds_bucket\{le="1",service="test"\} 1500\n/);
    assert.match(text, /took_seconds_count\{service="test"\} 1500\n/);
    histogram.note(2);
    assert.match(await registry.metrics(), /took_seconds_count\{service="test"\} 1501\n/);
  });
});
