// The API's description against the code, in both directions: routes, parameters, statuses and fields. What is
// described and not there, and what is there and not described, fails.
import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { z } from 'zod';
import { Unavailable } from '../../platform/unavailable.ts';
import { chunkStatuses, endReasons, endStates, openStates } from '../../transfer-service/engine/types.ts';
import {
  cancelQuerySchema,
  listQuerySchema,
  retryQuerySchema,
  transferQuerySchema,
} from '../../transfer-service/request.ts';
import { transferBodySchema } from '../../transfer-service/transfer-body.ts';
import { clientStatuses } from '../../transfer-service/view.ts';
import { alice, openApi, type Reply, usual } from './api.ts';
import { document, operations, schemaNode, validatorOf } from './description.ts';

type Ask = (t: TestContext, method: string, path: string) => Promise<Reply>;

const url = `/transfer?${new URLSearchParams(usual)}`;

/** How each status comes about, where the operation describes it. */
const causes: Readonly<Record<number, Ask>> = {
  200: async (t, method, path) => {
    const api = await openApi(t);
    if (path !== url) {
      if (path.endsWith('/retry')) api.stage.services.files = [];
      await api.request();
      await api.stage.untilSettled('id-0');
    }
    return api.ask(method, path);
  },
  400: async (t, method, path) =>
    (await openApi(t)).ask(
      method,
      method === 'DELETE' ? '/transfer/x' : `${path.split('?')[0]}?limit=x&attempt=x`,
    ),
  401: async (t, method, path) => {
    const api = await openApi(t);
    api.as({ kind: 'refused', reason: 'no_identity' });
    return api.ask(method, path);
  },
  403: async (t, method, path) => {
    const api = await openApi(t);
    await api.request();
    api.as({ ...alice, subject: 'scicat:bob', groups: [] });
    return api.ask(method, path);
  },
  404: async (t, method, path) => (await openApi(t)).ask(method, path.replace('job-0', 'x')),
  409: async (t, method, path) => {
    const api = await openApi(t);
    await api.request();
    await api.stage.untilSettled('id-0');
    return api.ask(method, path);
  },
  500: async (t, method, path) => {
    const readCaller = () => Promise.reject(new Error('a mistake'));
    return (await openApi(t, { parts: { readCaller } })).ask(method, path);
  },
  503: async (t, method, path) => {
    const outage = new Unavailable({ dependency: 'gateway', reason: 'timeout', message: 'down' });
    const api = await openApi(t, { parts: { readCaller: () => Promise.reject(outage) } });
    return api.ask(method, path);
  },
};

function addressOf(name: string): readonly [method: string, path: string] {
  const [method = '', path = ''] = name.split(' ');
  if (name === 'POST /transfer') return [method, url];
  return [method, path.replace('{scicatJobId}', 'job-0')];
}

describe('every answer that is described', () => {
  for (const [name, { responses }] of operations) {
    for (const status of Object.keys(responses).map(Number)) {
      it(`is given, as described: ${name} ${status}`, async (t) => {
        const [method, path] = addressOf(name);
        const reply = await causes[status]?.(t, method, path);
        // That it is as described, every request of these tests makes sure of.
        assert.equal(reply?.status, status);
      });
    }
  }
});

describe('the description and the code have the same', () => {
  it('routes, apart from the parts of the page', async (t) => {
    const { app } = await openApi(t);
    const served = app.routes
      .filter(({ method, path }) => method !== 'ALL' && !/^\/docs\/(?!index\.html)/.test(path))
      .map(({ method, path }) => `${method} ${path.replace(':jobId', '{scicatJobId}')}`);
    assert.deepEqual([...new Set(served)].sort(), [...operations.keys()].sort());
  });

  const queries = {
    'POST /transfer': transferQuerySchema,
    'GET /transfer': listQuerySchema,
    'DELETE /transfer/{scicatJobId}': cancelQuerySchema,
    'POST /transfer/{scicatJobId}/retry': retryQuerySchema,
  };
  for (const [name, schema] of Object.entries(queries)) {
    it(`query parameters: ${name}`, () => {
      const described = operations.get(name)?.parameters.filter((parameter) => parameter.in === 'query');
      assert.deepEqual(
        described?.map((parameter) => parameter.name).sort(),
        Object.keys(schema.shape).sort(),
      );
    });
  }

  it('bodies', () => {
    const described = validatorOf(document.components.schemas.TransferBody);
    const bodies = [
      null,
      {},
      { fileList: null },
      { fileList: [{ path: 'a' }] },
      { fileList: [{ path: 'a', isSymlink: true }] },
      { fileList: [{ isSymlink: true }] },
      { fileList: [{ path: 'a', size: 1 }] },
      { fileList: 'a' },
      { files: [] },
      [],
    ];
    for (const body of bodies) {
      const [byDescription, byCode] = [described, transferBodySchema].map(
        (one) => one.safeParse(body).success,
      );
      assert.equal(byDescription, byCode, JSON.stringify(body));
    }
  });

  const enums: readonly (readonly [string, string, readonly (string | null)[]])[] = [
    ['Transfer', 'status', clientStatuses],
    ['Transfer', 'state', [...openStates, ...endStates]],
    ['Transfer', 'reason', [...endReasons, null]],
    ['Task', 'status', chunkStatuses],
  ];
  for (const [schema, field, values] of enums) {
    it(`values of ${schema}.${field}`, () => {
      const property = z
        .object({ properties: z.record(z.string(), z.object({ enum: z.array(z.unknown()).optional() })) })
        .parse(document.components.schemas[schema]).properties[field];
      assert.deepEqual(property?.enum, values);
    });
  }

  it('fields of a transfer, alone and with its past', () => {
    const fieldsOf = (name: string) => {
      const { properties } = z.object({ properties: schemaNode }).parse(document.components.schemas[name]);
      return properties;
    };
    const { history, pastAttempts, ...fields } = fieldsOf('TransferWithPast');
    assert.ok(history !== undefined && pastAttempts !== undefined);
    assert.deepEqual(fields, fieldsOf('Transfer'));
  });

  it('fields: each is required, so that one that is not given would be found', () => {
    for (const [name, schema] of Object.entries(document.components.schemas)) {
      if (name === 'TransferBody' || name === 'Error') continue;
      const { required, properties } = z
        .object({ required: z.array(z.string()), properties: schemaNode })
        .parse(schema);
      assert.deepEqual([...required].sort(), Object.keys(properties).sort(), name);
    }
  });
});
