// /health/ready tells of wrong credentials right after the start, before anybody has asked for a transfer.
import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { z } from 'zod';
import type { FaultRule } from '../simulators/http/faults.ts';
import { startScene } from './scene.ts';

const told = z.object({
  status: z.string(),
  dependencies: z.array(
    z.object({
      name: z.string(),
      facility: z.string().optional(),
      state: z.string(),
      reason: z.string().optional(),
      message: z.string().optional(),
    }),
  ),
});

async function readyAfterStart(
  t: TestContext,
  { globus = [], scicat = [], config }: { globus?: FaultRule[]; scicat?: FaultRule[]; config?: string },
) {
  const scene = await startScene(t, config === undefined ? {} : { config });
  await scene.stop();
  for (const rule of globus) scene.facility.globus.faults.add(rule);
  for (const rule of scicat) scene.facility.scicat.faults.add(rule);
  await scene.start();
  const reply = await scene.askOperations('/health/ready');
  const { status, dependencies } = told.parse(reply.json);
  const of = (name: string, facility?: string) =>
    dependencies.find((one) => one.name === name && one.facility === facility);
  return { http: reply.status, status, of, scene };
}

const refusing = (path: RegExp, status: number, body: unknown): FaultRule => ({
  path,
  fault: { kind: 'status', status, headers: { 'Content-Type': 'application/json' }, body },
});

describe('right after the start, /health/ready', () => {
  it('says ok, and that every facility has its token', async (t) => {
    const { http, status, of } = await readyAfterStart(t, {});
    assert.deepEqual([http, status], [200, 'ok']);
    for (const facility of ['FAC-A', 'FAC-B']) assert.equal(of('globus-auth', facility)?.state, 'up');
    assert.equal(of('scicat')?.state, 'up');
  });

  for (const [what, code, body] of [
    ['a wrong secret', 401, { error: 'invalid_client' }],
    ['a revoked or expired one', 400, { error: 'invalid_client' }],
    ['a client without the grant', 403, { error: 'unauthorized_client' }],
    ['a wrong base URL', 404, { message: 'not found' }],
  ] as const)
    it(`says misconfigured with the facilities for ${what} (${code})`, async (t) => {
      const { http, status, of, scene } = await readyAfterStart(t, {
        globus: [refusing(/oauth2\/token/, code, body)],
      });
      assert.deepEqual([http, status], [200, 'misconfigured']);
      assert.equal(of('globus-auth')?.reason, 'misconfigured');
      for (const facility of ['FAC-A', 'FAC-B']) {
        assert.equal(of('globus-auth', facility)?.reason, 'misconfigured');
        assert.match(of('globus-auth', facility)?.message ?? '', /GLOBUS_CLIENT_SECRET/);
      }
      assert.match(scene.logged(), /a dependency is misconfigured/);
      assert.ok(!scene.logged().includes(scene.facility.globusAccount.clientSecret));
    });

  it('says misconfigured for the facility of an unknown scope alone', async (t) => {
    const config = `  - name: FAC-C
    collection: 99999999-9999-4999-8999-999999999999
`;
    const { status, of } = await readyAfterStart(t, { config });
    assert.equal(status, 'misconfigured');
    assert.equal(of('globus-auth', 'FAC-C')?.reason, 'misconfigured');
    assert.match(of('globus-auth', 'FAC-C')?.message ?? '', /FAC-C.*99999999/);
    assert.equal(of('globus-auth', 'FAC-A')?.state, 'up');
    assert.equal(of('globus-auth')?.state, 'up');
  });

  for (const [what, rule, message] of [
    ['a refused account', refusing(/auth\/login/, 401, { message: 'Unauthorized' }), /SERVICE_USER/],
    ['an account without rights', refusing(/v4\/jobs/, 403, { message: 'Forbidden' }), /ADMIN_GROUPS/],
    ['a backend without v4 jobs', refusing(/v4\/jobs/, 404, { message: 'Cannot GET' }), /4\.17\.1/],
  ] as const)
    it(`says misconfigured for ${what} of SciCat`, async (t) => {
      const { http, status, of } = await readyAfterStart(t, { scicat: [rule] });
      assert.deepEqual([http, status], [200, 'misconfigured']);
      assert.equal(of('scicat')?.reason, 'misconfigured');
      assert.match(of('scicat')?.message ?? '', message);
    });

  it('says degraded for a page of HTML instead of SciCat', async (t) => {
    const { status, of } = await readyAfterStart(t, {
      scicat: [{ path: /./, fault: { kind: 'not_json' } }],
    });
    assert.equal(status, 'degraded');
    assert.deepEqual([of('scicat')?.state, of('scicat')?.reason], ['down', 'bad_answer']);
  });
});
