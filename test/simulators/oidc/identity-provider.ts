// A whole identity provider over HTTP, for the demo and the tests: oidc-provider (certified) with a page where one of a
// few people is picked instead of a password. It keeps everything in memory.
import './quiet.ts';
import { randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { exportJWK, generateKeyPair } from 'jose';
import Provider, { type Configuration, type Interaction } from 'oidc-provider';
import { escapeHtml } from './escape-html.ts';
import { people, type Someone } from './people.ts';

export type IdentityProviderOptions = {
  /** The gateway's: addresses that a browser may be led back to. */
  readonly publicUrl: string;
  readonly port: number;
  /** Of the client's registration, such as `{ token_endpoint_auth_method: 'client_secret_post' }`. */
  readonly client?: object;
  /** Of oidc-provider's configuration. */
  readonly configuration?: Configuration;
  /** Host in the issuer's name; it has to lead to 127.0.0.1. */
  readonly host?: string;
};

export type IdentityProvider = {
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly provider: Provider;
  /** Who may sign in, by user name; the claims that they have from now on. */
  readonly accounts: Map<string, Someone>;
  /** Paths that were asked for. */
  readonly requests: readonly string[];
  stop(): Promise<void>;
};

export async function startIdentityProvider(options: IdentityProviderOptions): Promise<IdentityProvider> {
  const { publicUrl, port, host = '127.0.0.1' } = options;
  const issuer = `http://${host}:${port}`;
  const [clientId, clientSecret] = ['beamgate', randomBytes(24).toString('hex')];
  const accounts = new Map(people.map((someone) => [someone.username, someone]));
  const { privateKey } = await generateKeyPair('RS256', { extractable: true });
  const key = { ...(await exportJWK(privateKey)), use: 'sig', alg: 'RS256', kid: 'first' };
  const provider = new Provider(issuer, {
    clients: [
      {
        client_id: clientId,
        client_secret: clientSecret,
        redirect_uris: ['idp', 'other'].map((name) => `${publicUrl}/callback/${name}`),
        post_logout_redirect_uris: [`${publicUrl}/logout/done`],
        grant_types: ['authorization_code', 'refresh_token'],
        // Says which of its sessions an ID token is of: `sid`.
        backchannel_logout_session_required: true,
        backchannel_logout_uri: `${publicUrl}/backchannel-logout/idp`,
        ...options.client,
      },
    ],
    jwks: { keys: [key] },
    cookies: { keys: [randomBytes(16).toString('hex')] },
    claims: {
      openid: ['sub', 'sid', 'auth_time', 'acr'],
      profile: ['name', 'preferred_username'],
      email: ['email', 'email_verified'],
      groups: ['groups'],
    },
    scopes: ['openid', 'profile', 'email', 'groups', 'offline_access'],
    conformIdTokenClaims: false,
    findAccount: (_context, id) => {
      const someone = accounts.get(id);
      if (someone === undefined) return undefined;
      const { username, name, email, emailVerified = true, groups } = someone;
      const address = { email, email_verified: emailVerified };
      const claims = { sub: id, preferred_username: username, name, ...address, groups: [...groups] };
      return { accountId: id, claims: () => Promise.resolve(claims) };
    },
    interactions: { url: (_context, interaction) => `/sign-in/${interaction.uid}` },
    features: {
      devInteractions: { enabled: false },
      backchannelLogout: { enabled: true },
      rpInitiatedLogout: {
        enabled: true,
        logoutSource: (context, form) => {
          context.body = page(
            'Sign out?',
            `${form}<button form="op.logoutForm" name="logout" value="yes">Yes, sign me out</button>`,
          );
        },
      },
    },
    issueRefreshToken: () => Promise.resolve(true),
    // What the client asks for, it gets: nobody is asked whether they consent.
    loadExistingGrant: async (context) => {
      const { oidc } = context;
      const { client, session, params } = oidc;
      if (client === undefined || session?.accountId === undefined) return undefined;
      // Another one would revoke what tabs before have been granted.
      const known = session.grantIdFor(client.clientId);
      const grant =
        (known === undefined ? undefined : await oidc.provider.Grant.find(known)) ??
        new oidc.provider.Grant({ clientId: client.clientId, accountId: session.accountId });
      grant.addOIDCScope(typeof params?.scope === 'string' ? params.scope : 'openid');
      await grant.save();
      return grant;
    },
    ...options.configuration,
  });
  const requests: string[] = [];
  const serve = provider.callback();
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '/', issuer);
    requests.push(pathname);
    if (!pathname.startsWith('/sign-in/')) return void serve(request, response);
    signIn(provider, accounts, request, response).catch((error: unknown) => {
      response.writeHead(400).end(String(error));
    });
  });
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  return {
    issuer,
    clientId,
    clientSecret,
    provider,
    accounts,
    requests,
    stop: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function signIn(
  provider: Provider,
  accounts: ReadonlyMap<string, Someone>,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const interaction: Interaction = await provider.interactionDetails(request, response);
  if (request.method !== 'POST') {
    const buttons = [...accounts.values()].map(
      ({ username, name, groups }) =>
        `<p><button name="account" value="${escapeHtml(username)}">${escapeHtml(name)}</button> ${escapeHtml(groups.join(', ') || 'no groups')}</p>`,
    );
    const form = `<form method="post">${buttons.join('')}<p><button name="account" value="">Cancel</button></p></form>`;
    response.writeHead(200, { 'Content-Type': 'text/html; charset=utf-8' }).end(page('Who are you?', form));
    return;
  }
  const accountId = new URLSearchParams(await text(request)).get('account') ?? '';
  const result =
    accountId === ''
      ? { error: 'access_denied', error_description: 'cancelled' }
      : {
          login: {
            accountId,
            ...(interaction.params.acr_values === undefined
              ? {}
              : { acr: String(interaction.params.acr_values).split(' ')[0] ?? '' }),
          },
        };
  await provider.interactionFinished(request, response, result, { mergeWithLastSubmission: false });
}

function page(title: string, content: string): string {
  return `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${title}</title>
<link rel="icon" href="data:,"><style>body{font:1.1rem/1.6 system-ui;max-width:26rem;margin:12vh auto;padding:0 1rem}button{font:inherit;padding:.4rem 1rem}</style>
<h1>${title}</h1>${content}</html>`;
}
