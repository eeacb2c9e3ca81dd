// What standalone mode grants a client and an app, in the gateway's file.
import { z } from 'zod';
import { count, describe, milliseconds } from './config-schema-values.ts';

export const standalone = z.strictObject({
  maxConnections: describe(count.default(10_000), "clients' connections in all; one more is closed at once"),
  maxConnectionsPerClient: describe(
    count.default(1000),
    'of one address (IPv6: of one /64); whom `trustedProxies` lists is exempt',
  ),
  maxHeaderBytes: describe(
    z.int().min(8192).max(262_144).default(65_536),
    "of a request's headers in all: 400 beyond",
  ),
  headersMs: describe(milliseconds.default(30_000), "until a request's headers are there: 408 beyond"),
  idleMs: describe(milliseconds.default(120_000), 'a connection without a request is kept'),
  stalledMs: describe(
    milliseconds.default(60_000),
    'without a byte of a body that is on its way: 408 where the client does not send (or, over that time, fewer than 240 bytes a second), 504 where the app does not take, the end where the client does not take',
  ),
  maxConnectionsPerApp: describe(
    count.default(256),
    'open to one app, a quarter of them (one at least) for one client: an address, IPv6 a /64, that `trustedProxies` does not list; further requests wait; WebSockets and event streams do not count',
  ),
  connectMs: describe(
    milliseconds.default(10_000),
    'until a connection to the app is free, and again until it is made: 504 beyond',
  ),
  answerMs: describe(
    milliseconds.default(60_000),
    "from the end of a request to the first byte of the app's answer: 504 beyond",
  ),
});
