import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import type { SessionEvents } from '../../../gateway/sessions/events.ts';
import type { RefreshTokens } from '../../../gateway/sessions/refresh.ts';
import type { SessionsOptions } from '../../../gateway/sessions/sessions.ts';
import { Unavailable } from '../../../platform/unavailable.ts';
import { gatewayHost, minuteMs, openSessions, sampleSignedIn, sampleTokens } from './samples.ts';

async function counting(
  t: TestContext,
  refreshTokens: RefreshTokens,
  more: Partial<Pick<SessionsOptions, 'vouchesFor'>> = {},
) {
  const counted: string[] = [];
  const events: SessionEvents = {
    refreshed: (provider, outcome) => counted.push(`${provider} ${outcome}`),
    ended: (by, count) => void (count > 0 && counted.push(`${count} by ${by}`)),
  };
  const opened = await openSessions(t, { events, refreshTokens, ...more });
  const begin = (more = {}) => opened.sessions.begin(sampleSignedIn(more), gatewayHost);
  return { ...opened, counted, begin };
}

const nobody: RefreshTokens = () => Promise.reject(new Error('nobody expected a refresh'));

describe('what is counted of sessions', () => {
  it('is by whom they were ended', async (t) => {
    const { sessions, clock, counted, begin, sweep } = await counting(t, nobody);
    const { session } = await begin();
    await sessions.end(session.key);
    await sessions.end(session.key);
    await begin();
    await begin();
    await sessions.endBySubject('keycloak', '6b00');
    await begin();
    const logout = { provider: 'keycloak', sid: 'sid-1', subject: undefined, jti: 'j', knownUntil: 2e9 };
    await sessions.logOut(logout);
    await sessions.logOut(logout);
    await begin();
    clock.nowMs += 24 * 60 * minuteMs;
    await sweep();
    assert.deepEqual(counted, ['1 by person', '2 by person', '1 by logout', '1 by time']);
  });

  it('is that their provider is another one by now, which is no refusal of its', async (t) => {
    const { sessions, counted, begin } = await counting(t, nobody, { vouchesFor: () => false });
    const { id } = await begin({ tokens: sampleTokens() });
    assert.equal(await sessions.find(id, gatewayHost), undefined);
    assert.deepEqual(counted, ['1 by provider']);
  });

  it('is what became of each refresh', async (t) => {
    const away = new Unavailable({ dependency: 'keycloak', reason: 'timeout', message: 'late' });
    const answers: (() => Awaited<ReturnType<RefreshTokens>>)[] = [
      () => {
        throw away;
      },
      () => ({
        identity: sampleSignedIn().identity,
        tokens: sampleTokens({ accessExpiresAtMs: clock.nowMs + 5 * minuteMs }),
      }),
      () => 'refused',
    ];
    const refreshTokens: RefreshTokens = async () => answers.shift()?.() ?? 'refused';
    const { sessions, clock, counted, begin } = await counting(t, refreshTokens);
    const { id } = await begin({ tokens: sampleTokens() });
    for (let round = 0; round < 3; round += 1) {
      clock.nowMs += 5 * minuteMs;
      await sessions.find(id, gatewayHost);
    }
    assert.deepEqual(counted, ['keycloak outage', 'keycloak renewed', 'keycloak refused', '1 by refresh']);
  });
});
