import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inspect } from 'node:util';
import { renderMistake } from '../../platform/config/mistakes.ts';
import { loadCredentials } from '../../transfer-service/config-credentials.ts';

const environment = {
  GLOBUS_CLIENT_ID: 'id',
  GLOBUS_CLIENT_SECRET: 'globus-secret',
  SCICAT_SERVICE_USER_USERNAME: 'svc',
  SCICAT_SERVICE_USER_PASSWORD_FILE: '/run/secrets/scicat',
};

function readFile(path: string): string {
  if (path === '/run/secrets/scicat') return 'scicat-password\n';
  if (path === '/run/secrets/empty') return '\n';
  throw Object.assign(new Error('no such file'), { code: 'ENOENT' });
}

function mistakesOf(overrides: Readonly<Record<string, string | undefined>>): readonly string[] {
  const loaded = loadCredentials({ readFile, environment: { ...environment, ...overrides } });
  return loaded.ok ? [] : loaded.mistakes.map(renderMistake);
}

test('each credential comes from its variable or from the file that it names', () => {
  const loaded = loadCredentials({ readFile, environment });
  assert.ok(loaded.ok);
  assert.equal(loaded.value.globusClientId, 'id');
  assert.equal(loaded.value.globusClientSecret.reveal(), 'globus-secret');
  assert.equal(loaded.value.scicatUsername, 'svc');
  assert.equal(loaded.value.scicatPassword.reveal(), 'scicat-password');
  assert.doesNotMatch(inspect(loaded.value) + JSON.stringify(loaded.value), /globus-secret|scicat-password/);
});

test('names everything that is missing at once', () => {
  assert.deepEqual(mistakesOf({ GLOBUS_CLIENT_ID: undefined, SCICAT_SERVICE_USER_USERNAME: '' }), [
    'environment:1 GLOBUS_CLIENT_ID: not set, and neither is GLOBUS_CLIENT_ID_FILE',
    'environment:1 SCICAT_SERVICE_USER_USERNAME: not set, and neither is SCICAT_SERVICE_USER_USERNAME_FILE',
  ]);
});

test('a variable and its file at once are a mistake, and so is a file that says nothing', () => {
  assert.deepEqual(mistakesOf({ SCICAT_SERVICE_USER_PASSWORD: 'x' }), [
    'environment:1 SCICAT_SERVICE_USER_PASSWORD_FILE: SCICAT_SERVICE_USER_PASSWORD is set too: keep one of them',
  ]);
  assert.deepEqual(mistakesOf({ SCICAT_SERVICE_USER_PASSWORD_FILE: '/run/secrets/empty' }), [
    'environment:1 SCICAT_SERVICE_USER_PASSWORD_FILE: the file /run/secrets/empty is empty',
  ]);
  assert.deepEqual(mistakesOf({ SCICAT_SERVICE_USER_PASSWORD_FILE: '/nope' }), [
    'environment:1 SCICAT_SERVICE_USER_PASSWORD_FILE: the file /nope cannot be read (ENOENT)',
  ]);
});
