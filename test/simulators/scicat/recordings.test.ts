// Replays what the real backend was asked, in that order, and holds the simulator's answers against the real ones.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { z } from 'zod';
import recorded from '../../recordings/scicat.json' with { type: 'json' };
import { createAliases } from './aliases.ts';
import { type ScicatSimulator, startScicat } from './start.ts';

const exchange = z.strictObject({
  name: z.string(),
  request: z.strictObject({
    method: z.string(),
    path: z.string(),
    as: z.string().nullable(),
    contentType: z.string().nullable(),
    body: z.unknown(),
  }),
  response: z.strictObject({ status: z.number(), contentType: z.string().nullable(), body: z.unknown() }),
});

const exchanges = z.array(exchange).parse(recorded);

describe('the SciCat simulator answers what the real backend answered', () => {
  const aliases = createAliases();
  let scicat: ScicatSimulator;
  before(async () => {
    scicat = await startScicat();
  });
  after(() => scicat.stop());

  for (const { name, request, response } of exchanges) {
    test(name, async () => {
      const authorization = await authorizationOf(scicat, request.as);
      const answer = await fetch(scicat.url + aliases.translateText(request.path), {
        method: request.method,
        headers: {
          ...(request.contentType === null ? {} : { 'content-type': request.contentType }),
          ...(authorization === undefined ? {} : { authorization }),
        },
        ...(request.body === null ? {} : { body: aliases.translateText(JSON.stringify(request.body)) }),
      });
      const body = await answer.text();
      assert.equal(answer.status, response.status);
      assert.equal(answer.headers.get('content-type'), response.contentType);
      if (response.body === '') assert.equal(body, '');
      else aliases.assertSame(JSON.parse(body), response.body);
    });
  }

  test('all 62 of them', () => assert.equal(exchanges.length, 62));
});

async function authorizationOf(scicat: ScicatSimulator, as: string | null): Promise<string | undefined> {
  switch (as) {
    case null:
      return undefined;
    case 'garbage':
      return 'Bearer garbage';
    case 'alice, no scheme':
      return scicat.tokenFor('alice');
    case 'alice, expired':
      return `Bearer ${await scicat.tokenFor('alice', { expiresInSeconds: -10 })}`;
    case 'alice, HS512':
      return `Bearer ${await scicat.tokenFor('alice', { algorithm: 'HS512' })}`;
    case 'alice, no exp':
      return `Bearer ${await scicat.tokenFor('alice', { expiresInSeconds: null })}`;
    case 'unknown id':
      return `Bearer ${await scicat.signToken({ _id: 'f'.repeat(24), username: 'ghost' })}`;
    case 'anonymous':
      return `Bearer ${await anonymousToken(scicat)}`;
    default:
      return `Bearer ${await scicat.tokenFor(as)}`;
  }
}

async function anonymousToken(scicat: ScicatSimulator): Promise<string> {
  const answer = await fetch(`${scicat.url}/api/v3/users/jwt`, { method: 'POST' });
  return z.object({ jwt: z.string() }).parse(await answer.json()).jwt;
}
