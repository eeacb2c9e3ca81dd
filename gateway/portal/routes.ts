// The addresses of the portal and of the sessions' list, below publicUrl.
import type { Context, Hono } from 'hono';
import { boundedForm, type Env, respond } from '../exchange.ts';
import type { Visit } from '../login/visit.ts';
import { endSessions, type Portal, showPortal, showSessions } from './visits.ts';

export function addPortalRoutes(
  app: Hono<Env>,
  portal: Portal,
  visitOf: (context: Context<Env>) => Visit,
): void {
  // publicUrl as it was written, and with the slash that browsers and links put behind it.
  for (const path of ['', '/'])
    app.get(path, async (context) => respond(await showPortal(visitOf(context), portal)));
  app.get('/sessions', async (context) => respond(await showSessions(visitOf(context), portal)));
  app.post('/sessions', boundedForm, async (context) => {
    const visit = visitOf(context);
    const form = new URLSearchParams(await context.req.text());
    return respond(await endSessions(visit, form, portal));
  });
}
