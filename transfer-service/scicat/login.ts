// The service account's login at SciCat: one at a time, renewed a minute before it ends.
import type { Dispatcher } from 'undici';
import type { Secret } from '../../platform/config/secrets.ts';
import { parseAnswer } from '../../platform/outgoing.ts';
import { Unavailable } from '../../platform/unavailable.ts';
import { OutgoingSecret } from '../outgoing-secret.ts';
import { type Retrying, sendWithRetries } from '../retries.ts';
import { SharedWork } from '../shared-work.ts';
import { loginAnswer } from './answers.ts';

export type LoginOptions = Retrying & {
  /** Without `/api/vN` and final slash. */
  readonly url: string;
  readonly username: string;
  readonly password: Secret;
  /** Reads it from where it is now, once it is refused. */
  readonly readPasswordAgain?: () => Secret | undefined;
  /** Short: with its database down SciCat answers 401 after half a minute, and that is an outage. */
  readonly timeoutMs: number;
  readonly maxBytes: number;
  readonly dispatcher?: Dispatcher;
};

/** Times are what has gone by: the machine's clock may be set. */
type Login = { readonly token: string; readonly sinceMs: number; readonly renewAtMs: number };

const renewEarlySeconds = 60;
const freshMs = 60_000;
/** How long a refused login stands: SciCat's directory may lock an account that keeps trying. */
const refusalStandsMs = 30_000;

export class ServiceLogin {
  readonly #options: LoginOptions;
  readonly #password: OutgoingSecret;
  readonly #renewal = new SharedWork<Login>();
  #login: Login | undefined;
  #refusal: { readonly outage: Unavailable; readonly untilMs: number } | undefined;

  constructor(options: LoginOptions) {
    this.#options = options;
    this.#password = new OutgoingSecret(options.password, options.readPasswordAgain);
  }

  /** @throws Unavailable: an outage, or `misconfigured` where SciCat refuses the account. */
  async fetchToken(signal: AbortSignal | undefined): Promise<string> {
    signal?.throwIfAborted();
    const login = this.#login;
    if (login !== undefined && this.#options.clock.elapsed() < login.renewAtMs) return login.token;
    return (await this.#renewal.run(() => this.#renew(), signal)).token;
  }

  /** A token that has been replaced in the meantime stays. */
  forget(token: string): void {
    if (this.#login?.token === token) this.#login = undefined;
  }

  /** Whether SciCat has issued it just now, so that asking for another changes nothing. */
  isFresh(token: string): boolean {
    return this.#login?.token === token && this.#options.clock.elapsed() < this.#login.sinceMs + freshMs;
  }

  async #renew(): Promise<Login> {
    const elapsedMs = this.#options.clock.elapsed();
    if (this.#refusal !== undefined && elapsedMs < this.#refusal.untilMs) throw this.#refusal.outage;
    const answer = await this.#ask();
    if (answer.status !== 200 && answer.status !== 201) {
      const outage = refused(answer.status);
      this.#refusal = { outage, untilMs: elapsedMs + refusalStandsMs };
      throw outage;
    }
    const { access_token: token, expires_in: livesSeconds } = parseAnswer('scicat', loginAnswer, answer);
    // Always ahead, however short a token lives.
    const renewAfterSeconds = Math.max(livesSeconds - renewEarlySeconds, livesSeconds / 2);
    this.#login = { token, sinceMs: elapsedMs, renewAtMs: elapsedMs + renewAfterSeconds * 1000 };
    return this.#login;
  }

  /** An account that is refused is asked for once more where its password has been replaced. */
  async #ask() {
    const answer = await this.#askOnce();
    if (answer.status < 400 || !this.#password.takeReplacement()) return answer;
    return this.#askOnce();
  }

  #askOnce() {
    const { url, username, timeoutMs, maxBytes, dispatcher } = this.#options;
    return sendWithRetries(
      {
        dependency: 'scicat',
        method: 'POST',
        url: `${url}/api/v3/auth/login`,
        headers: { 'content-type': 'application/json', accept: 'application/json' },
        body: JSON.stringify({ username, password: this.#password.reveal() }),
        timeoutMs,
        maxBytes,
        ...(dispatcher === undefined ? {} : { dispatcher }),
      },
      this.#options,
    );
  }
}

function refused(status: number): Unavailable {
  const message = `SciCat refuses the service account's login (${status}): check scicatUrl, SCICAT_SERVICE_USER_USERNAME and SCICAT_SERVICE_USER_PASSWORD`;
  return new Unavailable({ dependency: 'scicat', reason: 'misconfigured', message, retryAfterSeconds: 60 });
}
