// Globus Auth's token endpoint, for service accounts.
import { randomBytes } from 'node:crypto';
import { type Answer, jsonAnswer, type Question } from '../http/exchange.ts';
import { authRefusalAnswer } from './refusals.ts';
import { dataAccessScope, parseScopes, type Scope, transferScope } from './scopes.ts';
import type { Service } from './service.ts';
import type { GlobusAccount } from './types.ts';

export function giveToken(service: Service, question: Question): Answer {
  const account = readAccount(service, question.headers.authorization);
  if (account === undefined) return invalidClient();
  if (!/^application\/x-www-form-urlencoded\b/.test(question.headers['content-type'] ?? '')) {
    return invalidRequest('the body is no form');
  }
  const form = new URLSearchParams(question.body);
  if (form.get('grant_type') !== 'client_credentials') return unsupportedGrant();
  const scopes = parseScopes(form.get('scope') ?? '');
  if (scopes === undefined) return invalidRequest('scope is malformed');
  const unknown = unknownScopes(service, scopes);
  if (unknown.length > 0) return unknownScope(account, unknown);
  return jsonAnswer(200, grant(service, account, scopes), 'application/json');
}

function grant(service: Service, account: GlobusAccount, scopes: readonly Scope[]): unknown {
  const token = randomBytes(32).toString('base64url');
  const names = new Set(scopes.flatMap((scope) => scope.dependents.map(({ name }) => name)));
  const dataAccess = [...service.collections.keys()].filter((id) => names.has(dataAccessScope(id)));
  const lifetimeSeconds = service.limits.tokenLifetimeSeconds;
  service.grants.set(token, {
    clientId: account.clientId,
    expiresAtMs: service.now() + lifetimeSeconds * 1000,
    dataAccess: new Set(dataAccess),
  });
  return {
    access_token: token,
    scope: transferScope,
    expires_in: lifetimeSeconds,
    token_type: 'Bearer',
    resource_server: 'transfer.api.globus.org',
    other_tokens: [],
  };
}

/** Names of scopes that do not exist, dependent ones among them: data_access is for some collections only. */
function unknownScopes(service: Service, scopes: readonly Scope[]): readonly string[] {
  const mapped = [...service.collections.values()].filter(({ kind }) => kind === 'mapped');
  const known = new Set([transferScope, ...mapped.map(({ id }) => dataAccessScope(id))]);
  const all = scopes.flatMap((scope) => [
    scope,
    ...scope.dependents,
    ...scope.dependents.flatMap((one) => one.dependents),
  ]);
  return [...new Set(all.map(({ name }) => name))].filter((name) => !known.has(name));
}

/** RFC 6749, 2.3.1: both halves are form-encoded before they are joined; clients that leave it out are understood. */
function readAccount({ accounts }: Service, authorization: string | undefined): GlobusAccount | undefined {
  const encoded = /^basic +(\S+)$/i.exec(authorization ?? '')?.[1];
  if (encoded === undefined) return undefined;
  const pair = Buffer.from(encoded, 'base64').toString('utf8');
  return [...accounts.values()].find(
    ({ clientId, clientSecret }) =>
      pair === `${clientId}:${clientSecret}` ||
      pair === `${encodeURIComponent(clientId)}:${encodeURIComponent(clientSecret)}`,
  );
}

const invalidClient = (): Answer =>
  authRefusalAnswer({
    status: 401,
    code: 'INVALID_CREDENTIALS',
    title: 'Invalid client credentials',
    detail: 'The client id or secret is wrong',
    error: 'invalid_client',
  });

const unsupportedGrant = (): Answer =>
  authRefusalAnswer({
    status: 400,
    code: 'UNSUPPORTED_GRANT_TYPE',
    title: 'Unsupported grant type',
    detail: 'This account may use client_credentials only',
    error: 'unsupported_grant_type',
  });

const invalidRequest = (detail: string): Answer =>
  authRefusalAnswer({
    status: 400,
    code: 'INVALID_REQUEST',
    title: 'Bad request',
    detail,
    error: 'invalid_request',
  });

function unknownScope({ clientId }: GlobusAccount, scopes: readonly string[]): Answer {
  const list = scopes.map((scope) => `'${scope}'`).join(', ');
  return authRefusalAnswer({
    status: 400,
    code: 'UNKNOWN_SCOPE_ERROR',
    title: 'Unknown scope(s)',
    detail: `client_id=${clientId} requested unknown scopes: [${list}]`,
    error: 'unknown_scope_error',
  });
}
