// Logout tokens that somebody sends to sign others out, or that a provider gets wrong, each with the flaw that is found.
import type { LogoutFlaw } from '../../gateway/sessions/logout-token.ts';
import type { OidcSimulator } from '../simulators/oidc/start.ts';

export type LogoutScene = {
  /** The provider, with an RSA key. */
  readonly sso: OidcSimulator;
  readonly attacker: OidcSimulator;
  /** The id of the provider's key. */
  readonly keyId: string;
  readonly nowSeconds: number;
};

export type HostileLogout = {
  readonly what: string;
  readonly token: (scene: LogoutScene) => Promise<string> | string;
  readonly flaw: LogoutFlaw;
};

export const logoutEvent = 'http://schemas.openid.net/event/backchannel-logout';

type Claims = Readonly<Record<string, unknown>>;

/** A good one, of which a value may be replaced; `undefined` leaves it out. */
export function logoutClaims({ sso, nowSeconds }: LogoutScene, more: Claims = {}): Claims {
  return {
    iss: sso.issuer,
    aud: 'beamgate',
    iat: nowSeconds,
    exp: nowSeconds + 120,
    jti: 'j1',
    sub: '6b00',
    sid: 'sid-1',
    events: { [logoutEvent]: {} },
    ...more,
  };
}

export function logoutToken(scene: LogoutScene, more: Claims = {}, header: Claims = {}): Promise<string> {
  return scene.sso.keys.sign(JSON.stringify(logoutClaims(scene, more)), { typ: 'logout+jwt', ...header });
}

const encode = (content: string): string => Buffer.from(content).toString('base64url');
const signed =
  (more: Claims, header: Claims = {}): HostileLogout['token'] =>
  (scene) =>
    logoutToken(scene, more, header);
const timed =
  (more: (nowSeconds: number) => Claims): HostileLogout['token'] =>
  (scene) =>
    logoutToken(scene, more(scene.nowSeconds));
const signedText =
  (text: (scene: LogoutScene) => string): HostileLogout['token'] =>
  (scene) =>
    scene.sso.keys.sign(text(scene), { typ: 'logout+jwt' });
const unsigned =
  (header: Claims, signature = ''): HostileLogout['token'] =>
  (scene) =>
    `${encode(JSON.stringify(header))}.${encode(JSON.stringify(logoutClaims(scene)))}.${signature}`;

const rows: readonly (readonly [string, HostileLogout['token'], LogoutFlaw])[] = [
  // Whose word it is.
  ['alg none', unsigned({ alg: 'none', typ: 'logout+jwt' }), 'unreadable'],
  ['alg none with a signature', unsigned({ alg: 'none' }, 'AA'), 'algorithm'],
  ['HS256', unsigned({ alg: 'HS256' }, 'AA'), 'algorithm'],
  ['no alg', unsigned({ typ: 'logout+jwt' }, 'AA'), 'algorithm'],
  [
    'another’s signature below the provider’s key id',
    (scene) => scene.attacker.keys.sign(JSON.stringify(logoutClaims(scene)), { kid: scene.keyId }),
    'signature',
  ],
  [
    'another’s key',
    (scene) => scene.attacker.keys.sign(JSON.stringify(logoutClaims(scene)), {}),
    'key_unknown',
  ],
  [
    'a payload that was changed',
    async (scene) => {
      const [header, , signature] = (await logoutToken(scene)).split('.');
      return `${header}.${encode(JSON.stringify(logoutClaims(scene, { sub: 'other' })))}.${signature}`;
    },
    'signature',
  ],
  ['a header that asks to understand something', signed({}, { crit: ['x'], x: 1 }), 'unreadable'],
  ['an encrypted one', () => 'eyJhbGciOiJkaXIifQ..AA.AA.AA', 'unreadable'],
  ['no token', () => 'x', 'unreadable'],
  ['an empty one', () => '', 'unreadable'],
  [
    'two JSON keys of one name',
    signedText((scene) => `{"sub":"x",${JSON.stringify(logoutClaims(scene)).slice(1)}`),
    'unreadable',
  ],
  ['a payload that is no object', signedText(() => '[]'), 'unreadable'],

  // Of another kind: whoever has one of these cannot sign anybody out with it.
  ['an access token', (scene) => scene.sso.accessToken({ aud: 'beamgate' }), 'event'],
  ['an access token by its type', signed({}, { typ: 'at+jwt' }), 'type'],
  ['a type that is another', signed({}, { typ: 'secevent+jwt' }), 'type'],
  ['a type that is no text', signed({}, { typ: 1 }), 'type'],
  ['an ID token, which has a nonce', signed({ nonce: 'n' }), 'nonce'],
  ['one with an empty nonce', signed({ nonce: '' }), 'nonce'],
  ['one with nonce null', signed({ nonce: null }), 'nonce'],

  // For somebody else.
  ['another issuer', signed({ iss: 'https://other.org' }), 'issuer'],
  ['the issuer with a slash more', (scene) => logoutToken(scene, { iss: `${scene.sso.issuer}/` }), 'issuer'],
  ['no issuer', signed({ iss: undefined }), 'issuer'],
  ['another client', signed({ aud: 'grafana' }), 'audience'],
  ['no audience', signed({ aud: undefined }), 'audience'],
  ['a list without us', signed({ aud: ['grafana', 'BEAMGATE'] }), 'audience'],
  ['an audience that is an object', signed({ aud: { beamgate: true } }), 'audience'],

  // When.
  ['no iat', signed({ iat: undefined }), 'times'],
  ['an iat that is text', timed((now) => ({ iat: String(now) })), 'times'],
  ['an iat in the future', timed((now) => ({ iat: now + 60 })), 'times'],
  ['an end that is over', timed((now) => ({ iat: now - 300, exp: now - 20 })), 'times'],
  ['an end that is text', timed((now) => ({ exp: String(now + 60) })), 'times'],
  ['an end that is null', signed({ exp: null }), 'times'],
  ['no end, and old', timed((now) => ({ exp: undefined, iat: now - 150 })), 'times'],
  ['a beginning in the future', timed((now) => ({ nbf: now + 60 })), 'times'],

  // What.
  ['no events', signed({ events: undefined }), 'event'],
  ['events as a list', signed({ events: [logoutEvent] }), 'event'],
  ['events as text', signed({ events: logoutEvent }), 'event'],
  ['other events', signed({ events: { 'http://schemas.openid.net/event/other': {} } }), 'event'],
  ['an event that is no object', signed({ events: { [logoutEvent]: true } }), 'event'],
  ['an event that is a list', signed({ events: { [logoutEvent]: [] } }), 'event'],
  ['no jti', signed({ jti: undefined }), 'jti'],
  ['an empty jti', signed({ jti: '' }), 'jti'],
  ['a jti that is an object', signed({ jti: {} }), 'jti'],

  // Whom: nobody is everybody to a careless WHERE.
  ['neither sid nor sub', signed({ sid: undefined, sub: undefined }), 'whose'],
  ['an empty sub', signed({ sid: undefined, sub: '' }), 'whose'],
  ['an empty sid beside a sub', signed({ sid: '' }), 'whose'],
  ['a sub that is null', signed({ sid: undefined, sub: null }), 'whose'],
  ['a sid that is a list', signed({ sid: ['sid-1'] }), 'whose'],
  ['a sub that is a number', signed({ sub: 6 }), 'whose'],
];

export const hostileLogouts: readonly HostileLogout[] = rows.map(([what, token, flaw]) => ({
  what,
  token,
  flaw,
}));
