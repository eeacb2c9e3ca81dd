// What people and clients call themselves, below publicUrl: who they are, the key set, where to sign in.
import { randomUUID } from 'node:crypto';
import { type Context, Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import type { Logger } from '../platform/log.ts';
import type { Networks } from '../platform/networks.ts';
import type { Assertions } from './assertion.ts';
import { readBroken, renderBroken } from './broken.ts';
import { type CredentialPlaces, readCredential } from './credentials/read.ts';
import type { Verify } from './credentials/verify.ts';
import { type Env, respond, visitOf } from './exchange.ts';
import { addFormerRoutes } from './former/routes.ts';
import { addLoginRoutes } from './login/routes.ts';
import type { Login } from './login/visit.ts';
import { addPortalRoutes } from './portal/routes.ts';
import type { Portal } from './portal/visits.ts';
import { json, readerOf, renderUnauthenticated } from './proxies/render.ts';
import type { RefusalReason } from './reasons.ts';
import { explainOwn, explainOwnBroken } from './refusal.ts';
import type { ReceiveLogout } from './sessions/backchannel-logout.ts';
import type { Answer, CredentialKind, ForwardedRequest, Identity } from './types.ts';

export type PublicApp = {
  /** The path of publicUrl, without a final slash. */
  readonly basePath: string;
  readonly assertions: Assertions;
  readonly verify: Verify;
  /** A browser's own address of it, where its cookie lies. */
  readonly place: Pick<ForwardedRequest, 'scheme' | 'host'>;
  readonly credentialPlaces: CredentialPlaces;
  readonly providers: readonly string[];
  readonly trustedProxies: Networks;
  readonly login: Login;
  readonly portal: Portal;
  readonly receiveLogout: ReceiveLogout;
  readonly log: Logger;
};

/** No provider takes passwords: a browser's cached `Basic` is not ours. */
const everyKind: ReadonlySet<CredentialKind> = new Set(['session', 'bearer', 'header']);

/** `/jwks.json`, `/whoami`, sign-in and sign-out, the portal; everything else is 404 in JSON. */
export function createPublicApp(gateway: PublicApp): Hono<Env> {
  const root = new Hono<Env>();
  const app = root.basePath(gateway.basePath === '' ? '/' : gateway.basePath);
  const visit = (context: Context<Env>) => visitOf(context, gateway.trustedProxies);
  root.use(async (context, next) => {
    context.set('requestId', randomUUID());
    await next();
  });
  app.get('/jwks.json', (context) =>
    context.json(gateway.assertions.jwks, 200, {
      'Cache-Control': 'public, max-age=300',
      'Content-Type': 'application/jwk-set+json',
    }),
  );
  app.get('/whoami', async (context) => respond(await whoami(context, gateway)));
  addLoginRoutes(app, gateway.login, visit);
  addPortalRoutes(app, gateway.portal, visit);
  addFormerRoutes(root, gateway.login, visit);
  app.post(
    '/backchannel-logout/:provider',
    bodyLimit({ maxSize: maxLogoutBytes, onError: tooLarge }),
    async (context) => respond(await backchannelLogout(context, gateway)),
  );
  root.notFound((context) =>
    respond(json(404, { reason: 'not_found', requestId: context.get('requestId') ?? randomUUID() })),
  );
  root.onError((error, context) => respond(refuseBroken(error, context, gateway)));
  return root;
}

const maxLogoutBytes = 65_536;

function tooLarge(context: Context<Env>): Response {
  const requestId = context.get('requestId');
  return respond(json(400, { reason: 'logout_token_invalid', requestId, details: 'it is too large' }));
}

async function backchannelLogout(context: Context<Env>, gateway: PublicApp): Promise<Answer> {
  return gateway.receiveLogout({
    provider: context.req.param('provider') ?? '',
    contentType: context.req.header('content-type'),
    body: await context.req.text(),
    requestId: context.get('requestId'),
  });
}

async function whoami(context: Context<Env>, gateway: PublicApp): Promise<Answer> {
  const { headers, clientAddress, requestId } = visitOf(context, gateway.trustedProxies);
  const request = { ...gateway.place, headers };
  const credential = readCredential(request, everyKind, gateway.credentialPlaces);
  const noted = (reason: RefusalReason, detail: string | undefined): string =>
    gateway.login.refusals.enter(
      reason,
      explainOwn({ at: 'whoami', requestId, clientAddress }, reason, detail),
    );
  if ('outcome' in credential) {
    const { reason, detail } = credential;
    return json(400, { reason, requestId, code: noted(reason, detail), details: detail });
  }
  const authentication = await gateway.verify(credential, {
    app: { providers: gateway.providers, acceptTokensFor: new Map() },
    clientAddress,
  });
  switch (authentication.kind) {
    case 'verified':
      return {
        status: 200,
        headers: ['Cache-Control', 'no-store', 'Content-Type', 'application/json; charset=utf-8'],
        body: JSON.stringify(describe(authentication.identity)),
      };
    case 'absent':
      return renderUnauthenticated({ reason: 'no_credential', requestId });
    case 'rejected': {
      const { reason, detail } = authentication;
      return renderUnauthenticated({ reason, requestId, code: noted(reason, detail) });
    }
  }
}

function describe({ provider, realm, id, username, groups, roles, email, name }: Identity): object {
  return { username, realm, provider, subject: `${provider}:${id}`, groups, roles, email, name };
}

function refuseBroken(error: Error, context: Context<Env>, { log, login }: PublicApp): Answer {
  const requestId = context.get('requestId');
  const broken = readBroken(error);
  const { method, raw } = context.req;
  const { pathname, search } = new URL(raw.url);
  const code = login.refusals.enter(
    broken.reason,
    explainOwnBroken({ at: `${method} ${pathname}`, requestId, clientAddress: undefined }, broken, error),
  );
  if (broken.kind === 'bug') {
    log.error({ requestId, code, reason: broken.reason, error }, 'request failed');
    return renderBroken(broken, { requestId, code });
  }
  const { reason, dependency } = broken.outage;
  log.warn({ requestId, code, reason, dependency, error }, 'request failed');
  const request = { method, isUpgrade: false, headers: Array.from(raw.headers).flat() };
  return renderBroken(broken, {
    requestId,
    code,
    reader: readerOf(request, login.site, `${pathname}${search}`),
  });
}
