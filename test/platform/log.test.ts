import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createLogger, describeError, jsonField } from '../../platform/log.ts';
import { Unavailable } from '../../platform/unavailable.ts';

describe('an error in a log line', () => {
  it('is its name, code and message, down the chain of causes', () => {
    const cause = Object.assign(new TypeError('inner'), { code: 'ECONNREFUSED' });
    assert.deepEqual(describeError(new Error('outer', { cause })), {
      name: 'Error',
      message: 'outer',
      cause: { name: 'TypeError', code: 'ECONNREFUSED', message: 'inner' },
    });
  });

  it('holds nothing of what a library hangs on it', () => {
    const error = Object.assign(new Error('failed'), {
      request: { headers: { authorization: 'Bearer hunter2' } },
      response: 'hunter2',
      config: ['hunter2'],
    });
    assert.doesNotMatch(JSON.stringify(describeError(error)), /hunter2|stack|at /);
  });

  it('that leads back to itself ends', () => {
    const error = new Error('a');
    const other = new Error('b', { cause: error });
    error.cause = other;
    assert.ok(JSON.stringify(describeError(error)).length < 1000);
  });

  it('that is none is no reason to throw another', () => {
    for (const thrown of [
      undefined,
      null,
      Symbol('x'),
      Object.create(null),
      { toString: null },
      () => 'hunter2',
    ])
      assert.doesNotMatch(JSON.stringify(describeError(thrown)), /hunter2/);
    assert.deepEqual(describeError('text'), { message: 'text' });
  });
});

describe('a log line', () => {
  it('is JSON with a time, a level in words and the service', () => {
    const lines: string[] = [];
    const log = createLogger({
      service: 'gateway',
      level: 'info',
      destination: { write: (line) => void lines.push(line) },
    });
    log.debug('not this');
    log.info({ a: 'b\n{"level":"error"}' }, 'said');
    const outage = new Unavailable({ dependency: 'scicat', reason: 'timeout', message: 'late' });
    log.warn({ error: outage }, 'also');
    assert.equal(lines.length, 2);
    assert.ok(
      lines.every((line) => line.indexOf('\n') === line.length - 1),
      'nothing breaks a line',
    );
    const [said, also] = lines.map((line) => JSON.parse(line));
    assert.match(said.time, /^\d{4}-\d\d-\d\dT.*Z$/);
    assert.deepEqual(
      [said.level, said.service, said.msg, said.a],
      ['info', 'gateway', 'said', 'b\n{"level":"error"}'],
    );
    assert.deepEqual(also.error, { name: 'Unavailable', message: 'late' });
  });
});

describe('a line of JSON fields', () => {
  const written = (level: 'info' | 'warn', fields: string): readonly string[] => {
    const lines: string[] = [];
    const destination = { write: (line: string) => void lines.push(line) };
    createLogger({ service: 'gateway', level, destination }).decision(fields);
    return lines;
  };

  it('reads as any other, whatever is in the values', () => {
    const username = 'a"\n\u2028{\ud800\\ é';
    const [line = '', ...others] = written(
      'info',
      jsonField('app', 'x') + jsonField('rule', undefined) + jsonField('username', username),
    );
    assert.equal(line.indexOf('\n'), line.length - 1);
    assert.deepEqual(others, []);
    const { time, ...rest } = JSON.parse(line);
    assert.match(time, /^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
    assert.deepEqual(rest, { level: 'info', service: 'gateway', app: 'x', username, msg: 'decision' });
  });

  it('is not written where such lines are not wanted', () => {
    assert.deepEqual(written('warn', jsonField('app', 'x')), []);
  });
});
