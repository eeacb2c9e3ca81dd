import assert from 'node:assert/strict';
import { it } from 'node:test';
import { foldName, namesOf, valuesOf } from '../../../gateway/proxies/headers.ts';

it('every value of a name is found, in its order, whatever its case', () => {
  const headers = ['Cookie', 'a', 'X-A', 'Cookie', 'COOKIE', 'b'];
  assert.deepEqual(valuesOf(headers, 'cookie'), ['a', 'b']);
  assert.deepEqual(valuesOf(headers, 'x-a'), ['Cookie']);
  assert.deepEqual(valuesOf(headers, 'a'), []);
  assert.deepEqual(namesOf(headers), ['Cookie', 'X-A', 'COOKIE']);
});

it('a value is never taken for a name, and a name without one for nothing', () => {
  assert.deepEqual(valuesOf(['X-A', 'authorization', 'X-B'], 'authorization'), []);
  assert.deepEqual(valuesOf(['authorization'], 'authorization'), []);
});

it('a name is folded as CGI, WSGI and PHP fold it', () => {
  for (const name of ['X-Auth-Username', 'x_auth_username', 'X.AUTH~username'])
    assert.equal(foldName(name), 'x-auth-username');
});
