import assert from 'node:assert/strict';
import { it } from 'node:test';
import { createRequestIds } from '../../platform/request-ids.ts';

it('no two requests have one name, of one process or of two', () => {
  const [one, other] = [createRequestIds(), createRequestIds()];
  const ids = Array.from({ length: 1000 }, () => [one(), other()]).flat();
  assert.equal(new Set(ids).size, 2000);
  for (const id of ids) assert.match(id, /^[A-Za-z0-9_-]{14,30}$/);
});
