// The service account's token at Globus Auth, for the scopes in use: one at a time, renewed a minute early, grown
// when a transfer needs another collection. A scope that Globus does not know is left out and kept aside for a
// while, so that one such collection stops neither the start nor the others.
import type { Dispatcher } from 'undici';
import { z } from 'zod';
import type { Secret } from '../../platform/config/secrets.ts';
import { type OutgoingAnswer, parseAnswer, parseJson } from '../../platform/outgoing.ts';
import { Unavailable } from '../../platform/unavailable.ts';
import { OutgoingSecret } from '../outgoing-secret.ts';
import { type Retrying, sendWithRetries } from '../retries.ts';
import { SharedWork } from '../shared-work.ts';
import { tokenAnswer } from './answers.ts';
import { joinScopes, transferScope, unknownScopes } from './scopes.ts';

export type TokenOptions = Retrying & {
  readonly clientId: string;
  readonly clientSecret: Secret;
  /** Reads it from where it is now, once it is refused. */
  readonly readSecretAgain?: () => Secret | undefined;
  readonly authUrl: string;
  readonly timeoutMs: number;
  readonly maxBytes: number;
  readonly dispatcher?: Dispatcher;
};

type Token = {
  readonly value: string;
  readonly renewAtMs: number;
  readonly scopes: ReadonlySet<string>;
};

const renewEarlySeconds = 60;
const unknownScopeRetryMs = 10 * 60_000;
/** How long a refusal of the client itself stands before Globus Auth is asked again. */
const refusalStandsMs = 30_000;

export class GlobusTokens {
  readonly #options: TokenOptions;
  readonly #secret: OutgoingSecret;
  readonly #wanted = new Set<string>();
  readonly #unknownUntilMs = new Map<string, number>();
  readonly #renewal = new SharedWork<void>();
  #token: Token | undefined;
  #refusal: { readonly outage: Unavailable; readonly untilMs: number } | undefined;

  constructor(options: TokenOptions) {
    this.#options = options;
    this.#secret = new OutgoingSecret(options.clientSecret, options.readSecretAgain);
  }

  /** @throws Unavailable: an outage of Globus Auth; `misconfigured` where one of the scopes cannot be had. */
  async fetchToken(scopes: readonly string[], signal: AbortSignal | undefined): Promise<string> {
    const token = await this.#tokenCovering(scopes, signal);
    const unknown = scopes.filter((scope) => !token.scopes.has(scope));
    if (unknown.length === 0) return token.value;
    throw this.#outage(
      'misconfigured',
      `Globus Auth knows no such scope: ${unknown.join(', ')}. Only mapped collections that are not high-assurance have data_access; write \`scopes: [${transferScope}]\` at the facility's others`,
    );
  }

  /** A token for what an answer of Globus itself asked for, apart from the one that all other calls use. */
  async fetchTokenForExactly(scopes: readonly string[], signal: AbortSignal | undefined): Promise<string> {
    const answer = await this.#ask(joinScopes(scopes), signal);
    if (answer.status !== 200) throw this.#refused(answer);
    return this.#readToken(answer, scopes).value;
  }

  async fetchUnknown(scopes: readonly string[], signal: AbortSignal | undefined): Promise<readonly string[]> {
    const token = await this.#tokenCovering(scopes, signal);
    return scopes.filter((scope) => !token.scopes.has(scope));
  }

  /** After a 401. A token that has been replaced in the meantime stays. */
  forget(token: string): void {
    if (this.#token?.value === token) this.#token = undefined;
  }

  async #tokenCovering(scopes: readonly string[], signal: AbortSignal | undefined): Promise<Token> {
    for (const scope of scopes) this.#wanted.add(scope);
    for (;;) {
      signal?.throwIfAborted();
      const token = this.#token;
      if (token !== undefined && this.#isUsable(token, scopes)) return token;
      await this.#renewal.run(() => this.#renew(), signal);
    }
  }

  #isUsable(token: Token, scopes: readonly string[]): boolean {
    const elapsedMs = this.#options.clock.elapsed();
    if (elapsedMs >= token.renewAtMs) return false;
    return scopes.every(
      (scope) => token.scopes.has(scope) || elapsedMs < (this.#unknownUntilMs.get(scope) ?? 0),
    );
  }

  /** Not cancelled with any one caller: others wait for it too. It has its own time-outs. */
  async #renew(): Promise<void> {
    const elapsedMs = this.#options.clock.elapsed();
    if (this.#refusal !== undefined && elapsedMs < this.#refusal.untilMs) throw this.#refusal.outage;
    let asked = [...this.#wanted].filter((scope) => elapsedMs >= (this.#unknownUntilMs.get(scope) ?? 0));
    for (;;) {
      const answer = await this.#ask(joinScopes(asked), undefined);
      if (answer.status === 200) {
        this.#token = this.#readToken(answer, asked);
        return;
      }
      const unknown = new Set(unknownScopes(parseJson(answer.body), asked));
      if (unknown.size === 0) {
        const outage = this.#refused(answer);
        this.#refusal = { outage, untilMs: elapsedMs + refusalStandsMs };
        throw outage;
      }
      for (const scope of unknown) this.#unknownUntilMs.set(scope, elapsedMs + unknownScopeRetryMs);
      asked = asked.filter((scope) => !unknown.has(scope));
    }
  }

  /** A client that is refused is asked for once more where its secret has been replaced. */
  async #ask(scope: string, signal: AbortSignal | undefined): Promise<OutgoingAnswer> {
    const answer = await this.#askOnce(scope, signal);
    if (!isClientRefused(answer) || !this.#secret.takeReplacement()) return answer;
    return this.#askOnce(scope, signal);
  }

  #askOnce(scope: string, signal: AbortSignal | undefined): Promise<OutgoingAnswer> {
    const { clientId, authUrl, timeoutMs, maxBytes, dispatcher } = this.#options;
    const credentials = Buffer.from(`${clientId}:${this.#secret.reveal()}`).toString('base64');
    return sendWithRetries(
      {
        dependency: 'globus-auth',
        method: 'POST',
        url: `${authUrl}/v2/oauth2/token`,
        headers: {
          authorization: `Basic ${credentials}`,
          'content-type': 'application/x-www-form-urlencoded',
          accept: 'application/json',
        },
        body: new URLSearchParams({ grant_type: 'client_credentials', scope }).toString(),
        timeoutMs,
        maxBytes,
        ...(signal === undefined ? {} : { signal }),
        ...(dispatcher === undefined ? {} : { dispatcher }),
      },
      this.#options,
    );
  }

  #readToken(answer: OutgoingAnswer, scopes: readonly string[]): Token {
    const { other_tokens: others, ...first } = parseAnswer('globus-auth', tokenAnswer, answer);
    const grant = [first, ...others].find((one) => one.resource_server === 'transfer.api.globus.org');
    if (grant === undefined)
      throw this.#outage('bad_answer', 'Globus Auth answered with no token for transfers');
    return {
      value: grant.access_token,
      renewAtMs: this.#options.clock.elapsed() + renewAfterSeconds(grant.expires_in) * 1000,
      scopes: new Set(scopes),
    };
  }

  #refused({ status }: OutgoingAnswer): Unavailable {
    if (status < 400) return this.#outage('bad_answer', `Globus Auth answered ${status}`);
    return this.#outage(
      'misconfigured',
      `Globus Auth refuses this service's client (${status}): check GLOBUS_CLIENT_ID, GLOBUS_CLIENT_SECRET and the facilities' scopes`,
    );
  }

  #outage(reason: 'misconfigured' | 'bad_answer', message: string): Unavailable {
    return new Unavailable({ dependency: 'globus-auth', reason, message, retryAfterSeconds: 60 });
  }
}

/** RFC 6749, section 5.2: 401, or 400 with a word for it. */
function isClientRefused({ status, body }: OutgoingAnswer): boolean {
  if (status === 401) return true;
  return status === 400 && invalidClient.safeParse(parseJson(body)).success;
}

const invalidClient = z.object({ error: z.literal('invalid_client') });

/** Always ahead: a token that lives for less than a minute must not be renewed without end. */
function renewAfterSeconds(livesSeconds: number): number {
  return Math.max(livesSeconds - renewEarlySeconds, livesSeconds / 2);
}
