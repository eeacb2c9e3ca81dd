import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { bothScopes, type Scene, sourceId, startScene } from './scene.ts';
import { dataAccessScope, parseScopes, transferScope } from './scopes.ts';

describe('Globus tokens', () => {
  let scene: Scene;
  before(async () => {
    scene = await startScene();
  });
  after(() => scene.stop());

  test('are given to a service account with its secret', async () => {
    const { status, body } = await scene.askForToken(bothScopes);
    assert.equal(status, 200);
    assert.deepEqual(
      { ...body, access_token: typeof body.access_token },
      {
        access_token: 'string',
        scope: transferScope,
        expires_in: 172_800,
        token_type: 'Bearer',
        resource_server: 'transfer.api.globus.org',
        other_tokens: [],
      },
    );
  });

  test('are not given for a wrong secret', async () => {
    const { status, body } = await scene.askForToken(bothScopes, 'wrong');
    assert.deepEqual([status, body.error], [401, 'invalid_client']);
  });

  test('are not given for scopes that do not exist, which the answer names', async () => {
    const unknown = dataAccessScope('99999999-9999-4999-8999-999999999999');
    const { status, body } = await scene.askForToken(
      `${transferScope}[*${dataAccessScope(sourceId)} *${unknown}]`,
    );
    assert.equal(status, 400);
    const [error] = Array.isArray(body.errors) ? body.errors : [];
    assert.equal(error.code, 'UNKNOWN_SCOPE_ERROR');
    assert.match(error.detail, new RegExp(`requested unknown scopes: \\['${unknown}'\\]$`));
  });

  test('without data_access are told which scope is missing', async () => {
    const { body } = await scene.askForToken(transferScope);
    const answer = await fetch(`${scene.globus.url}/v0.10/endpoint/${sourceId}`, {
      headers: { authorization: `Bearer ${body.access_token}` },
    });
    assert.equal(answer.status, 403);
    const { code, required_scopes } = JSON.parse(await answer.text());
    assert.equal(code, 'ConsentRequired');
    assert.deepEqual(required_scopes, [`${transferScope}[*${dataAccessScope(sourceId)}]`]);
  });

  test('end, by the clock of Globus', async () => {
    scene.globus.setClockOffset(172_801_000);
    const { status, body, headers } = await scene.get('/v0.10/task_list');
    scene.globus.setClockOffset(0);
    assert.deepEqual([status, body.code], [401, 'ClientError.AuthenticationFailed']);
    assert.ok(Date.parse(headers.get('date') ?? '') > Date.now() + 172_000_000);
    assert.equal((await scene.get('/v0.10/task_list')).status, 200);
  });

  test('are all refused once they have been revoked', async () => {
    const other = await startScene();
    other.globus.expireTokens();
    assert.equal((await other.get('/v0.10/task_list')).status, 401);
    await other.stop();
  });
});

describe('scopes', () => {
  test('are read with what depends on them', () => {
    assert.deepEqual(parseScopes('a[*b c[d]] e'), [
      {
        name: 'a',
        isOptional: false,
        dependents: [
          { name: 'b', isOptional: true, dependents: [] },
          { name: 'c', isOptional: false, dependents: [{ name: 'd', isOptional: false, dependents: [] }] },
        ],
      },
      { name: 'e', isOptional: false, dependents: [] },
    ]);
  });

  for (const text of ['', 'a[', 'a]', 'a[]', '[a]', '*', 'a[b']) {
    test(`are refused where they are malformed: "${text}"`, () => assert.equal(parseScopes(text), undefined));
  }
});
