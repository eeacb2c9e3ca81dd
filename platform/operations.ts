// The listener for monitoring: is it alive, is it ready, what does it count. Never on a public address.
import { setTimeout as wait } from 'node:timers/promises';
import type { HttpBindings } from '@hono/node-server';
import { Hono } from 'hono';
import type { Registry } from 'prom-client';
import type { Dependencies } from './dependencies.ts';
import { readNetworks } from './networks.ts';
import type { RefusalBook } from './refusal-book.ts';

type Env = { Bindings: Partial<HttpBindings> };

const loopback = readNetworks(['127.0.0.0/8', '::1']);

/** Shorter than the second that orchestrators wait for a response. */
const firstLookMs = 500;

export type Operations = {
  readonly version: string;
  readonly registry: Registry;
  readonly dependencies: Dependencies;
  /** Dependencies without which nothing can be answered: while one is down this replica takes no requests. */
  readonly required: readonly string[];
  readonly isDraining: () => boolean;
  /** Until the first look at the dependencies is done, or for some 500 ms. */
  readonly firstLook?: Promise<unknown>;
  readonly refusals: Pick<RefusalBook, 'find'>;
};

/**
 * `misconfigured` in /health/ready needs a person: credentials, scopes or rights are wrong. It leaves the status at 200.
 * `GET /health/live` 200 as long as the process answers. `GET /health/ready` 200, or 503 while it drains or what is
 * required is down; another dependency that is down is reported and leaves it 200, since taking every replica out
 * of service would turn away also those requests that need no such dependency. `GET /metrics` in Prometheus' format.
 * `GET /refusals/<code>` why somebody was refused, for whoever asks from this machine itself.
 */
export function createOperations(operations: Operations): Hono<Env> {
  const app = new Hono<Env>();
  app.get('/health/live', (context) => context.json({ status: 'ok', version: operations.version }));
  app.get('/health/ready', async (context) => {
    await Promise.race([operations.firstLook, wait(firstLookMs, undefined, { ref: false })]);
    const dependencies = operations.dependencies.report();
    const isDown = dependencies.some(
      ({ name, state }) => state === 'down' && operations.required.includes(name),
    );
    const isReady = !operations.isDraining() && !isDown;
    const isDegraded = dependencies.some(({ state }) => state === 'down');
    const isMisconfigured = dependencies.some(({ reason }) => reason === 'misconfigured');
    const status = isReady
      ? isMisconfigured
        ? 'misconfigured'
        : isDegraded
          ? 'degraded'
          : 'ok'
      : operations.isDraining()
        ? 'draining'
        : 'unavailable';
    return context.json({ status, version: operations.version, dependencies }, isReady ? 200 : 503);
  });
  app.get('/metrics', async (context) =>
    context.body(await operations.registry.metrics(), 200, {
      'Content-Type': operations.registry.contentType,
    }),
  );
  app.get('/refusals/:code', (context) => {
    // It names people and their groups, and this listener may be open to a network of monitoring.
    if (!loopback.has(context.env?.incoming?.socket.remoteAddress ?? ''))
      return context.json({ message: 'only asked from the machine itself' }, 403);
    const lines = operations.refusals.find(context.req.param('code'));
    return lines === undefined
      ? context.json({ message: 'no refusal of that code is known' }, 404)
      : context.json({ lines });
  });
  app.notFound((context) =>
    context.json({ message: 'no such path: /health/live, /health/ready, /metrics, /refusals/<code>' }, 404),
  );
  return app;
}
