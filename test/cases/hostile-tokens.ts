// Tokens that somebody sends who should not get in, and how each is answered. `message` is what the sender reads: it
// tells an honest sender what to do, and nobody which issuer, audience or key would have been right.
import { createHmac } from 'node:crypto';
import type { OidcSimulator } from '../simulators/oidc/start.ts';

export type HostileScene = {
  /** The issuer that the gateway knows, with an RSA and a P-256 key; tokens for the audience `ingestor` get in. */
  readonly sso: OidcSimulator;
  /** One that it does not know, with an RSA key. */
  readonly attacker: OidcSimulator;
  /** The id of the RSA key of `sso`, and that key in PEM. */
  readonly keyId: string;
  readonly publicPem: string;
  /** What the gateway has signed for an app. */
  readonly assertion: string;
};

export type HostileToken = Refusal & {
  readonly what: string;
  readonly token: (scene: HostileScene) => Promise<string> | string;
};

type Refusal = { readonly status: number; readonly reason: string; readonly message: string };
type Make = HostileToken['token'];

const refusal = (reason: string, message: string): Refusal => ({ status: 401, reason, message });
const unreadable = refusal('credential_malformed', 'the credential cannot be read');
const unsupported = refusal('credential_unsupported', 'no provider takes this kind of credential');
const malformed = refusal('token_malformed', 'the token is none that a provider issues');
const algorithm = refusal('token_algorithm', 'the token is signed in a way that is not accepted');
const forged = refusal('token_signature_invalid', 'the token is not genuine');
const unknownKey = refusal(
  'token_key_unknown',
  'the key of the token is not among those of its issuer: sign in again',
);
const unknownIssuer = refusal('token_issuer_unknown', 'the token is of an issuer that is not known here');
const notAccess = refusal('token_not_access', 'this is no access token: send the access token');
const audience = refusal('token_audience', 'the token was issued for another service');
const expired = refusal('token_expired', 'the token has expired: sign in again');
const early = refusal('token_not_yet_valid', 'the token is not valid yet: check the clocks');
const endless = refusal('token_expiry_missing', 'the token does not say when it ends');
const nameless = refusal('token_username_missing', 'the token has no user name');

const nowSeconds = (): number => Math.floor(Date.now() / 1000);
const encode = (content: string | Buffer): string => Buffer.from(content).toString('base64url');
const compact = (header: object, payload: object, signature: string | Buffer = ''): string =>
  `${encode(JSON.stringify(header))}.${encode(JSON.stringify(payload))}.${encode(signature)}`;

/** What a forger would write for `sso`. */
const claims = ({ sso }: HostileScene, more: object = {}): object => ({
  iss: sso.issuer,
  aud: 'ingestor',
  sub: 'x',
  exp: nowSeconds() + 300,
  preferred_username: 'root',
  ...more,
});

function hmac(secret: string, header: object, payload: object): string {
  const content = compact(header, payload).slice(0, -1);
  return `${content}.${createHmac('sha256', secret).update(content).digest('base64url')}`;
}

/** A good token of `sso`, of which one part is replaced. */
async function replaced({ sso }: HostileScene, index: 0 | 1 | 2, part: string): Promise<string> {
  return (await sso.accessToken()).split('.').with(index, part).join('.');
}

/** The attacker's own signature below a header that names the key of `sso`. */
const attackers = (header: (scene: HostileScene) => object): Make => {
  return (scene) =>
    scene.attacker.accessToken({ iss: scene.sso.issuer }, { kid: scene.keyId, ...header(scene) });
};
const signed = (
  more: Readonly<Record<string, unknown>>,
  header: Readonly<Record<string, unknown>> = {},
): Make => {
  return ({ sso }) => sso.accessToken(more, header);
};
/** Signed by `sso`, byte for byte. */
const signedText = (text: (scene: HostileScene) => string | Buffer): Make => {
  return (scene) => scene.sso.keys.sign(text(scene), {});
};

const rows: readonly (readonly [what: string, token: Make, Refusal])[] = [
  // No signature, or one that anybody can make.
  ['alg none, unsigned', (scene) => compact({ alg: 'none' }, claims(scene)), algorithm],
  ['alg nOnE, with a signature', (scene) => compact({ alg: 'nOnE' }, claims(scene), 'x'), algorithm],
  ['no alg', (scene) => compact({ typ: 'JWT' }, claims(scene), 'x'), algorithm],
  ['a list of algs', (scene) => compact({ alg: ['RS256'] }, claims(scene), 'x'), algorithm],
  [
    'HS256 with the public key as its secret',
    (scene) => hmac(scene.publicPem, { alg: 'HS256', kid: scene.keyId }, claims(scene)),
    algorithm,
  ],
  [
    'HS256 with the public key and no issuer, to pass for SciCat’s',
    (scene) => hmac(scene.publicPem, { alg: 'HS256' }, claims(scene, { iss: undefined })),
    forged,
  ],
  ['no signature', (scene) => replaced(scene, 2, ''), malformed],
  ['a signature that is too short', (scene) => replaced(scene, 2, 'AA'), forged],
  ['a signature of zeros', (scene) => compact({ alg: 'ES256' }, claims(scene), Buffer.alloc(64)), forged],
  [
    'a payload that was changed',
    (scene) => replaced(scene, 1, encode(JSON.stringify(claims(scene, { groups: ['admin'] })))),
    forged,
  ],

  // Another key, and hints where it could be had.
  ['another’s signature', attackers(() => ({})), forged],
  [
    'jwk with the forger’s key',
    attackers(({ attacker }) => ({ jwk: attacker.keys.published().keys[0] })),
    forged,
  ],
  ['jku of the forger', attackers(({ attacker }) => ({ jku: attacker.jwksUrl })), forged],
  ['x5u of the forger', attackers(({ attacker }) => ({ x5u: attacker.jwksUrl })), forged],
  ['kid as a path', attackers(() => ({ kid: '../../../../dev/null' })), unknownKey],
  ['kid as a query', attackers(() => ({ kid: "x' UNION SELECT 'k' -- " })), unknownKey],
  ['kid as an address', attackers(({ attacker }) => ({ kid: attacker.jwksUrl })), unknownKey],
  ['kid of 10 kB', attackers(() => ({ kid: 'k'.repeat(10_000) })), unknownKey],
  [
    'kid that is no text',
    (scene) => compact({ alg: 'RS256', kid: { $ne: '' } }, claims(scene), 'x'),
    malformed,
  ],
  [
    'the kid of a key of another kind',
    (scene) => compact({ alg: 'ES256', kid: scene.keyId }, claims(scene), Buffer.alloc(64)),
    unknownKey,
  ],

  // Extensions.
  ['crit that names an extension', signed({}, { crit: ['exp2'], exp2: 1 }), malformed],
  ['crit that is empty', (scene) => compact({ alg: 'RS256', crit: [] }, claims(scene), 'x'), malformed],
  [
    'crit with b64',
    (scene) => compact({ alg: 'RS256', crit: ['b64'], b64: true }, claims(scene), 'x'),
    malformed,
  ],

  // Good tokens of somebody else, or for something else.
  ['a token of another issuer', ({ attacker }) => attacker.accessToken(), unknownIssuer],
  ['no issuer', signed({ iss: undefined }), unknownIssuer],
  ['a list of issuers', ({ sso }) => sso.accessToken({ iss: [sso.issuer] }), unknownIssuer],
  ['an assertion of ours', ({ assertion }) => assertion, unknownIssuer],
  ['an assertion’s type, signed by the issuer', signed({}, { typ: 'beamgate-assertion+jwt' }), notAccess],
  ['an ID token', signed({ typ: 'ID', at_hash: 'x', nonce: 'y' }), notAccess],
  ['an ID token without a type', signed({ typ: undefined, at_hash: 'x' }), notAccess],
  ['a refresh token', signed({ typ: 'Refresh' }), notAccess],
  [
    'a logout token',
    signed({ typ: undefined, events: { 'http://schemas.openid.net/event/backchannel-logout': {} } }),
    notAccess,
  ],
  ['a logout token by its header', signed({}, { typ: 'logout+jwt' }), notAccess],
  ['an audience of another service', signed({ aud: 'account' }), audience],
  ['an empty list of audiences', signed({ aud: [] }), audience],
  ['an empty audience', signed({ aud: '' }), audience],
  ['no audience', signed({ aud: undefined }), audience],

  // Times.
  ['expired', signed({ exp: 1_700_000_000 }), expired],
  [
    'an end of minus infinity',
    signedText((scene) => JSON.stringify(claims(scene)).replace(/"exp":\d+/, '"exp":-1e999')),
    malformed,
  ],
  ['an end in words', signed({ exp: 'never' }), malformed],
  ['no end', signed({ exp: undefined }), endless],
  ['from the future', signed({ iat: 4_000_000_000, exp: 4_000_000_300 }), early],
  ['good from the future on', signed({ nbf: 4_000_000_000, exp: 4_000_000_300 }), early],

  // Texts that can be read in two ways, or in none.
  ['a nested JWT', signedText(() => compact({ alg: 'none' }, { iss: 'x' })), unsupported],
  ['an encrypted JWT', () => `${encode('{"alg":"RSA-OAEP","enc":"A256GCM"}')}.a.b.c.d`, unsupported],
  ['1 MB', () => `${encode('{"alg":"RS256"}')}.${'A'.repeat(1_000_000)}.x`, unreadable],
  ['brackets 3,000 deep', (scene) => replaced(scene, 1, encode(deep(scene))), forged],
  [
    'a payload that is no UTF-8',
    signedText((scene) => Buffer.from(JSON.stringify(claims(scene, { name: '\u00ff' })), 'latin1')),
    unsupported,
  ],
  ['bytes that are no UTF-8', () => '\u00ff\u00fe.x.y', unreadable],
  [
    'a claim twice',
    signedText((scene) => JSON.stringify(claims(scene)).replace('"aud"', '"aud":"account","aud"')),
    malformed,
  ],
  [
    'a claim twice, in another spelling',
    signedText((scene) => JSON.stringify(claims(scene)).replace('"aud"', '"\\u0061ud":"account","aud"')),
    malformed,
  ],
  [
    'alg twice',
    (scene) => replaced(scene, 0, encode(`{"alg":"none","alg":"RS256","kid":"${scene.keyId}"}`)),
    malformed,
  ],
  [
    'a name on a prototype',
    signedText((scene) =>
      JSON.stringify(claims(scene)).replace(
        '"preferred_username":"root"',
        '"__proto__":{"preferred_username":"root"}',
      ),
    ),
    nameless,
  ],
  ['a name of no characters', signed({ preferred_username: '' }), nameless],
  [
    'JSON serialization',
    ({ keyId }) => JSON.stringify({ payload: 'x', signatures: [{ protected: keyId }] }),
    unreadable,
  ],
  ['two tokens', async ({ sso }) => `${await sso.accessToken()} ${await sso.accessToken()}`, unreadable],
  [
    'two tokens, with a comma',
    async ({ sso }) => `${await sso.accessToken()},${await sso.accessToken()}`,
    unreadable,
  ],
  [
    'a token and a line more',
    async ({ sso }) => `${await sso.accessToken()}\r\nX-Auth-Username: root`,
    unreadable,
  ],
  ['padding', ({ sso }) => sso.accessToken().then((token) => `${token}==`), malformed],
  ['dots', () => '..', unsupported],
];

export const hostileTokens: readonly HostileToken[] = rows.map(([what, token, answer]) => ({
  what,
  token,
  ...answer,
}));

function deep(scene: HostileScene): string {
  return JSON.stringify(claims(scene)).replace(/}$/, `,"x":${'['.repeat(3000)}${']'.repeat(3000)}}`);
}
