import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { readTaskError } from '../../../transfer-service/globus/task-errors.ts';

const id = '6c54cade-bde5-45c1-bdea-f4bd71dba2cc';

const read = (details: string) => readTaskError({ code: 'X', description: 'x', details });

describe('the details of an error event', () => {
  it('name the collection, the file and the command, each on its line', () => {
    const details = [
      'Error (transfer)',
      `Endpoint: Globus Tutorial Collection (1) (${id.toUpperCase()})`,
      'Server: 100.26.231.26:443',
      'File: /p1/run 7/a (2).tif',
      'Command: RETR /p1/run 7/a (2).tif',
      'Message: Fatal FTP Response',
      '---',
      'Details: 550-GlobusError: v=1 c=PATH_NOT_FOUND\\r\\n550 End.\\r\\n',
      '',
    ].join('\n');
    assert.deepEqual(read(details), {
      ...{ code: 'X', description: 'x', collection: id, path: '/p1/run 7/a (2).tif', isWrite: false },
    });
  });

  it('of an older server name no collection, and the file of a write', () => {
    const details = 'Error (transfer)\nServer: a#b (Globus Connect)\nFile: /~/x.png\nCommand: STOR ~/x.png\n';
    const { collection, path, isWrite } = read(details);
    assert.deepEqual([collection, path, isWrite], [undefined, '/~/x.png', true]);
  });

  it('of a listing have the path in the command alone', () => {
    assert.deepEqual(read(`Endpoint: X (${id})\nCommand: MLST /foo\nMessage: no`), {
      ...{ code: 'X', description: 'x', collection: id, path: '/foo', isWrite: false },
    });
  });

  for (const [what, details] of [
    ['steps', { context: [{ operation: 'stat', path: '/p1/a' }], error: { body: '550', code: 550 } }],
    ['source_path', { source_path: '/p1/a', destination_path: '/b' }],
    ['a step with its endpoint', { context: [{ src_path: '/p1/a', endpoint_id: id }] }],
  ] as const) {
    it(`may be JSON with ${what}`, () => {
      const { path, collection } = read(JSON.stringify(details));
      assert.deepEqual([path, collection], ['/p1/a', JSON.stringify(details).includes(id) ? id : undefined]);
    });
  }

  for (const details of ['', 'null', '[]', '"x"', '{}', '{"context":"x"}', '{"path":7}', 'Command:\nFile:']) {
    it(`that say nothing are no path: ${JSON.stringify(details)}`, () => {
      const { path, collection, isWrite } = read(details);
      assert.deepEqual([path, collection, isWrite], [undefined, undefined, undefined]);
    });
  }
});
