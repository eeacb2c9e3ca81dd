// One OIDC provider as openid-client knows it: found by discovery on first use, asked through platform/outgoing.ts only,
// so that every question is bounded. Sources: OpenID Connect Discovery 1.0, RFC 8414, RFC 7523.
import * as oidc from 'openid-client';
import type { Dispatcher } from 'undici';
import { machineClock, type TimeSource } from '../../platform/clock.ts';
import { type OutgoingAnswer, send } from '../../platform/outgoing.ts';
import { Unavailable } from '../../platform/unavailable.ts';
import type { SigningOidc } from '../config-providers.ts';
import { type OidcSignIn, readPrivateKey } from '../config-sign-in.ts';

export type SigningProvider = SigningOidc & { readonly signIn: OidcSignIn };

export type SignInParts = {
  readonly dispatcher?: Dispatcher;
  readonly clock?: TimeSource;
  readonly events?: {
    readonly answered: (provider: string) => void;
    readonly failed: (provider: string, outage: Unavailable) => void;
  };
};

/** An issuer's addresses hardly ever change; its keys are looked up anew by themselves. */
const keptMs = 60 * 60_000;
/** Nobody asks a provider that is down more often than that. */
const coolDownMs = 1000;
const maxBytes = 1_048_576;

type Build = () => oidc.Configuration;

export class SignInClient {
  readonly provider: SigningProvider;
  readonly #parts: SignInParts;
  readonly #clock: TimeSource;
  #found: { readonly build: Promise<Build>; readonly untilMs: number } | undefined;
  #latest: oidc.Configuration | undefined;

  constructor(provider: SigningProvider, parts: SignInParts = {}) {
    this.provider = provider;
    this.#parts = parts;
    this.#clock = parts.clock ?? machineClock;
  }

  /**
   * For one question each: openid-client asks for keys that it does not know only where those it has are a minute old,
   * and would refuse everybody for that long after a provider has changed its key.
   * @throws Unavailable when the provider does not answer, or says of itself what the config does not.
   */
  async configuration(): Promise<oidc.Configuration> {
    const build = await this.#build();
    const configuration = build();
    const keys = this.#latest === undefined ? undefined : oidc.getJwksCache(this.#latest);
    const nowSeconds = Math.floor(Date.now() / 1000);
    const aMinuteAgo = nowSeconds - 60;
    // Those of a time that is still to come: the clock was set back, and nobody knows how old they are.
    if (keys !== undefined && keys.uat <= nowSeconds)
      oidc.setJwksCache(configuration, { jwks: keys.jwks, uat: Math.min(keys.uat, aMinuteAgo) });
    this.#latest = configuration;
    return configuration;
  }

  #build(): Promise<Build> {
    const atMs = this.#clock.elapsed();
    if (this.#found !== undefined && this.#found.untilMs > atMs) return this.#found.build;
    const build = this.#discover();
    const found = { build, untilMs: atMs + keptMs };
    this.#found = found;
    build.catch(() => {
      if (this.#found === found) this.#found = { build, untilMs: this.#clock.elapsed() + coolDownMs };
    });
    return build;
  }

  async #discover(): Promise<Build> {
    const { provider } = this;
    const { issuer, jwksUrl, signIn } = provider;
    const fetch = boundedFetch(provider, this.#parts);
    const isPlain = issuer.startsWith('http:');
    const found = await oidc
      .discovery(new URL(issuer), signIn.clientId, undefined, undefined, {
        [oidc.customFetch]: fetch,
        timeout: provider.timeoutMs / 1000 + 1,
        execute: isPlain ? [oidc.allowInsecureRequests] : [],
      })
      .catch((error: unknown) => {
        throw outageIn(error) ?? misconfigured(provider, 'has no discovery document that can be read', error);
      });
    const { supportsPKCE: _, ...metadata } = found.serverMetadata();
    if (metadata.issuer !== issuer)
      throw misconfigured(provider, `calls itself ${metadata.issuer}: write that as its issuer`);
    const keysUrl = jwksUrl ?? metadata.jwks_uri;
    if (
      keysUrl === undefined ||
      (jwksUrl === undefined && new URL(keysUrl).origin !== new URL(issuer).origin)
    )
      throw misconfigured(
        provider,
        `has its keys on another host, at ${keysUrl}: write that as jwksUrl if it is right`,
      );
    const authentication = authenticationOf(signIn);
    return () => {
      const configuration = new oidc.Configuration(
        { ...metadata, jwks_uri: keysUrl },
        signIn.clientId,
        { [oidc.clockTolerance]: provider.clockSkewSeconds },
        authentication,
      );
      configuration[oidc.customFetch] = fetch;
      // `send` has the time limit.
      configuration.timeout = 0;
      if (isPlain) oidc.allowInsecureRequests(configuration);
      // The ID token is believed by its signature, and not because it came over TLS.
      oidc.enableNonRepudiationChecks(configuration);
      return configuration;
    };
  }
}

/** The outage below a library's error, if that is what it is. */
export function outageIn(error: unknown): Unavailable | undefined {
  let cause = error;
  for (let depth = 0; depth < 5 && cause instanceof Error; depth += 1) {
    if (cause instanceof Unavailable) return cause;
    cause = cause.cause;
  }
  return undefined;
}

export function misconfigured({ name, issuer }: SigningProvider, what: string, cause?: unknown): Unavailable {
  const message = `${name} (${issuer}) ${what}`;
  return new Unavailable({ dependency: name, reason: 'misconfigured', message }, { cause });
}

function boundedFetch(
  { name, timeoutMs }: SigningProvider,
  { dispatcher, events }: SignInParts,
): oidc.CustomFetch {
  return async (url, { method, headers, body }) => {
    try {
      const answer = await send({
        dependency: name,
        method: method === 'POST' ? 'POST' : 'GET',
        url,
        headers,
        ...(body === undefined || body === null ? {} : { body: String(body) }),
        timeoutMs,
        maxBytes,
        ...(dispatcher === undefined ? {} : { dispatcher }),
      });
      events?.answered(name);
      return responseOf(answer);
    } catch (error) {
      if (error instanceof Unavailable) events?.failed(name, error);
      throw error;
    }
  };
}

function responseOf({ status, headers, body }: OutgoingAnswer): Response {
  const list = new Headers();
  for (const [name, value] of Object.entries(headers))
    for (const one of Array.isArray(value) ? value : value === undefined ? [] : [value])
      list.append(name, one);
  const hasNoBody = status === 204 || status === 205 || status === 304;
  return new Response(hasNoBody ? null : body, { status, headers: list });
}

function authenticationOf({ authentication }: OidcSignIn): oidc.ClientAuth {
  switch (authentication.by) {
    case 'basic':
      return oidc.ClientSecretBasic(authentication.secret.reveal());
    case 'post':
      return oidc.ClientSecretPost(authentication.secret.reveal());
    case 'private_key_jwt': {
      const read = readPrivateKey(authentication.key);
      if (read === undefined)
        throw new Error('a private key that was read at the start cannot be read any more');
      const key = read.key.toCryptoKey(importAlgorithms[read.algorithm], false, ['sign']);
      const kid = authentication.keyId ?? read.keyId;
      return oidc.PrivateKeyJwt(kid === undefined ? key : { key, kid });
    }
  }
}

const importAlgorithms = {
  RS256: { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' },
  ES256: { name: 'ECDSA', namedCurve: 'P-256' },
  EdDSA: { name: 'Ed25519' },
} as const;
