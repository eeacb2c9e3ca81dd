// Logging in, the anonymous token, and who the caller is.
import { type Answer, jsonAnswer, type Question } from '../http/exchange.ts';
import type { Route } from '../http/routes.ts';
import { type Backend, bodyRecord, readCaller } from './backend.ts';
import { badLogin, unauthenticated } from './refusals.ts';
import type { StoredUser } from './store.ts';
import { publicUser, userClaims } from './tokens.ts';

export function userRoutes(backend: Backend): readonly Route[] {
  return [
    { method: 'POST', path: '/api/v3/auth/login', handle: (question) => logIn(backend, question, 'local') },
    { method: 'POST', path: '/api/v3/auth/ldap', handle: (question) => logIn(backend, question, 'ldap') },
    { method: 'POST', path: '/api/v3/users/jwt', handle: () => giveAnonymousToken(backend) },
    {
      method: 'GET',
      path: '/api/v3/users/my/identity',
      handle: (question) => findIdentity(backend, question),
    },
  ];
}

async function logIn(backend: Backend, question: Question, origin: 'local' | 'ldap'): Promise<Answer> {
  const { username, password } = bodyRecord(question);
  const stored = backend.store.users.get(typeof username === 'string' ? username : '');
  const known = stored?.user.password !== undefined && stored.user.password === password;
  if (!known || (stored.user.origin?.kind ?? 'local') !== origin) return badLogin();
  const lifetimeSeconds = backend.tokenLifetimeSeconds;
  const token = await backend.tokens.sign(userClaims(stored, lifetimeSeconds));
  return jsonAnswer(201, {
    access_token: token,
    id: token,
    expires_in: lifetimeSeconds,
    ttl: lifetimeSeconds,
    created: new Date().toISOString(),
    userId: stored.id,
    user: publicUser(stored),
  });
}

/** Needs no credential: why a 200 proves nobody's identity. */
async function giveAnonymousToken(backend: Backend): Promise<Answer> {
  const issuedAt = Math.floor(Date.now() / 1000);
  const jwt = await backend.tokens.sign({
    username: 'anonymous',
    groups: ['public'],
    iat: issuedAt,
    exp: issuedAt + backend.tokenLifetimeSeconds,
  });
  return jsonAnswer(201, { jwt });
}

async function findIdentity(backend: Backend, question: Question): Promise<Answer> {
  const caller = await readCaller(backend, question);
  if (caller.kind === 'nobody') return unauthenticated();
  if (caller.stored === undefined) return { status: 200, headers: {}, body: '' };
  return jsonAnswer(200, identityDocument(caller.stored));
}

function identityDocument({ id, identityId, profileId, createdAt, user, groups }: StoredUser): unknown {
  const origin = user.origin ?? { kind: 'local' };
  const oidc = origin.kind === 'oidc' ? origin : undefined;
  return {
    authStrategy: origin.kind,
    externalId: oidc?.subject ?? '',
    profile: {
      displayName: user.username,
      email: user.email,
      username: user.username,
      thumbnailPhoto: 'error: no photo found',
      id: oidc?.subject ?? id,
      emails: [{ value: user.email }],
      accessGroups: groups,
      ...(oidc === undefined ? {} : { oidcClaims: { sub: oidc.subject } }),
      _id: profileId,
    },
    provider: oidc?.issuer ?? origin.kind,
    userId: id,
    _id: identityId,
    created: createdAt,
    modified: createdAt,
    __v: 0,
    id: identityId,
  };
}
