// Where the public listener answers for authentik's outpost and oauth2-proxy: at the root of every app's host.
import type { Context, Hono } from 'hono';
import { type Env, respond } from '../exchange.ts';
import type { Visit } from '../login/visit.ts';
import { readHost } from '../proxies/forwarded.ts';
import { valuesOf } from '../proxies/headers.ts';
import { json } from '../proxies/render.ts';
import type { RawHeaders, RequestHost } from '../types.ts';
import { type Former, formerAddresses } from './addresses.ts';

export function addFormerRoutes(
  root: Hono<Env>,
  former: Former,
  visitOf: (context: Context<Env>) => Visit,
): void {
  for (const [path, answerFormer] of Object.entries(formerAddresses))
    root.get(path, async (context) => {
      const visit = visitOf(context);
      const host = hostOf(visit.headers);
      if (host === undefined)
        return respond(json(400, { reason: 'invalid_host', requestId: visit.requestId }));
      return respond(await answerFormer({ ...visit, host }, former));
    });
}

/** As the browser asked for it: a proxy that rewrites `Host` says the other in `X-Forwarded-Host`. It admits nobody. */
function hostOf(headers: RawHeaders): RequestHost | undefined {
  const [text, ...others] = [...valuesOf(headers, 'x-forwarded-host'), ...valuesOf(headers, 'host')];
  const host = readHost(text ?? '');
  return 'outcome' in host || others.length > 1 ? undefined : host;
}
