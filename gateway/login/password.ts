// The form of the sign-in page, sent: user name and password go to SciCat, and nowhere else, not even into a log.
import { Unavailable } from '../../platform/unavailable.ts';
import type { Provider } from '../config-providers.ts';
import type { Answer } from '../types.ts';
import { askPassword, beginSignIn, providersFor } from './begin.ts';
import { finishSignIn } from './finish.ts';
import {
  type AccountOutage,
  identityCountsMs,
  type ScicatAccounts,
  type SignInOutcome,
} from './scicat-accounts.ts';
import { noteOutage, noteStop } from './stopped.ts';
import type { Login, Visit } from './visit.ts';
import { readWanted, type Wanted } from './wanted.ts';

/** `form` is what was sent, which has passed the guard against other sites' pages or not: `isOwn`. */
export type Posted = { readonly form: URLSearchParams; readonly isOwn: boolean };

const maxUsername = 256;
const maxPassword = 1024;

type Form = {
  readonly provider: Provider;
  readonly accounts: ScicatAccounts;
  readonly wanted: Wanted;
  readonly username: string;
  readonly password: string;
};

/** @throws Unavailable when the database does not answer. */
export async function answerPassword(visit: Visit, login: Login, { form, isOwn }: Posted): Promise<Answer> {
  const wanted = readWanted(form, login.apps);
  const provider = providersFor(wanted, login).find(({ name }) => name === wanted.provider);
  const accounts = provider === undefined ? undefined : login.accounts.get(provider.name);
  if (provider === undefined || accounts === undefined) return beginSignIn({ ...visit, query: form }, login);
  const [username, password] = [form.get('username') ?? '', form.get('password') ?? ''];
  const filled: Form = { provider, accounts, wanted, username, password };
  // Else a page elsewhere could sign its visitors in as somebody whom its author knows.
  if (!isOwn) return askAgain(visit, login, filled, { status: 403, error: 'elsewhere' });
  if (!isComplete(filled)) return askAgain(visit, login, filled, { status: 400, error: 'incomplete' });
  return tryPassword(visit, login, filled);
}

function isComplete({ username, password }: Form): boolean {
  return (
    username.trim() !== '' &&
    username.length <= maxUsername &&
    password !== '' &&
    password.length <= maxPassword
  );
}

async function tryPassword(visit: Visit, login: Login, form: Form): Promise<Answer> {
  const { provider, accounts, username, password } = form;
  const guess = { backend: accounts.backend, username, clientAddress: visit.clientAddress };
  const verdict = await login.guesses.begin(guess);
  if (verdict.kind === 'wait') return refuseTooMany(visit, login, form, verdict.seconds);
  try {
    const outcome = await accounts.signIn({ username, password }, visit.clientAddress);
    if (outcome.kind === 'rejected') return refuseWrong(visit, login, form, outcome.outages);
    await login.guesses.succeeded(guess);
    return await finish(visit, login, form, outcome);
  } catch (error) {
    if (!(error instanceof Unavailable) || error.dependency !== provider.name) throw error;
    await login.guesses.undecided(guess);
    const code = noteOutage(visit, login, error);
    return askAgain(visit, login, form, { status: 503, error: 'unavailable', code });
  }
}

function finish(
  visit: Visit,
  login: Login,
  { wanted }: Form,
  { identity, token }: Extract<SignInOutcome, { kind: 'granted' }>,
): Promise<Answer> {
  const authTimeMs = login.now();
  // SciCat has no refresh tokens: its own token asks for the identity again, for as long as it lives.
  const tokens = {
    refreshToken: token,
    idToken: undefined,
    accessExpiresAtMs: authTimeMs + identityCountsMs,
  };
  const signedIn = { identity, sid: undefined, authTimeMs, acr: undefined, tokens };
  return finishSignIn(visit, login, { signedIn, wanted, isForm: true, cookies: [] });
}

function refuseTooMany(visit: Visit, login: Login, form: Form, seconds: number): Answer {
  const code = noteStop(visit, login, { reason: 'sign_in_too_many', provider: form.provider.name });
  const answer = askAgain(visit, login, form, { status: 429, error: 'too_many', code });
  return { ...answer, headers: [...answer.headers, 'Retry-After', String(seconds)] };
}

/** The page says the same whether every kind of account was asked or one was out: the log alone tells. */
function refuseWrong(visit: Visit, login: Login, form: Form, outages: readonly AccountOutage[]): Answer {
  const { requestId, clientAddress: client } = visit;
  const { name: provider } = form.provider;
  for (const { accounts, error } of outages) {
    const { reason, dependency } = error;
    login.log.warn({ requestId, outcome: 'outage', reason, dependency, accounts, client, error }, 'sign-in');
  }
  noteStop(visit, login, { reason: 'sign_in_wrong', provider });
  return askAgain(visit, login, form, { status: 403, error: 'wrong' });
}

type Again = Pick<Parameters<typeof askPassword>[4], 'status' | 'error' | 'code'>;

function askAgain(visit: Visit, login: Login, { wanted, provider, username }: Form, again: Again): Answer {
  return askPassword(visit, login, wanted, provider, { ...again, username: username.slice(0, maxUsername) });
}
