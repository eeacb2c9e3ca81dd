// The addresses at which people sign in and out, below publicUrl.
import type { Context, Hono } from 'hono';
import { boundedForm, type Env, respond } from '../exchange.ts';
import { isFromOwnPage } from '../portal/own-page.ts';
import { beginSignIn } from './begin.ts';
import { answerCallback } from './callback.ts';
import { answerPassword } from './password.ts';
import { answerSignOut, signedOutAtProvider } from './sign-out.ts';
import type { Login, Visit } from './visit.ts';

export function addLoginRoutes(
  app: Hono<Env>,
  login: Login,
  visitOf: (context: Context<Env>) => Visit,
): void {
  const { origin } = new URL(login.publicUrl);
  const isOwn = ({ headers }: Visit): boolean => isFromOwnPage(headers, origin);
  app.get('/login', async (context) => respond(await beginSignIn(visitOf(context), login)));
  app.post('/login', boundedForm, async (context) => {
    const visit = visitOf(context);
    const form = new URLSearchParams(await context.req.text());
    return respond(await answerPassword(visit, login, { form, isOwn: isOwn(visit) }));
  });
  app.get('/callback/:provider', async (context) =>
    respond(await answerCallback(visitOf(context), login, context.req.param('provider'))),
  );
  app.get('/logout', async (context) => {
    const visit = visitOf(context);
    return respond(await answerSignOut(visit, login, { isOwn: isOwn(visit), isForm: false }));
  });
  app.post('/logout', boundedForm, async (context) => {
    const visit = visitOf(context);
    return respond(await answerSignOut(visit, login, { isOwn: isOwn(visit), isForm: true }));
  });
  app.get('/logout/done', (context) => respond(signedOutAtProvider(visitOf(context), login)));
}
