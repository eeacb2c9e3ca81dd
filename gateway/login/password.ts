// The form of the sign-in page, sent: user name and password go to SciCat, and nowhere else, not even into a log.
import { Unavailable } from '../../platform/unavailable.ts';
import type { Answer } from '../types.ts';
import { askPassword, beginSignIn, providersFor } from './begin.ts';
import { finishSignIn } from './finish.ts';
import { noteOutage, noteStop } from './stopped.ts';
import type { Login, Visit } from './visit.ts';
import { readWanted } from './wanted.ts';

/** `form` is what was sent, which has passed the guard against other sites' pages or not: `isOwn`. */
export type Posted = { readonly form: URLSearchParams; readonly isOwn: boolean };

const maxUsername = 256;
const maxPassword = 1024;

/** @throws Unavailable when the database does not answer. */
export async function answerPassword(visit: Visit, login: Login, { form, isOwn }: Posted): Promise<Answer> {
  const wanted = readWanted(form, login.apps);
  const provider = providersFor(wanted, login).find(({ name }) => name === wanted.provider);
  const accounts = provider === undefined ? undefined : login.accounts.get(provider.name);
  if (provider === undefined || accounts === undefined) return beginSignIn({ ...visit, query: form }, login);
  const [username = '', password = ''] = [form.get('username') ?? '', form.get('password') ?? ''];
  const ask = (status: number, error: Parameters<typeof askPassword>[4]['error'], code?: string): Answer =>
    askPassword(visit, login, wanted, provider, {
      ...{ status, error, code },
      username: username.slice(0, maxUsername),
    });
  // Else a page elsewhere could sign its visitors in as somebody whom its author knows.
  if (!isOwn) return ask(403, 'elsewhere');
  if (
    username.trim() === '' ||
    password === '' ||
    username.length > maxUsername ||
    password.length > maxPassword
  )
    return ask(400, 'incomplete');
  const guess = { account: `${provider.name} ${username}`, clientAddress: visit.clientAddress };
  const verdict = login.guesses.begin(guess);
  if (verdict.kind === 'wait') {
    const code = noteStop(visit, login, { reason: 'sign_in_too_many', provider: provider.name });
    const answer = ask(429, 'too_many', code);
    return { ...answer, headers: [...answer.headers, 'Retry-After', String(verdict.seconds)] };
  }
  try {
    await login.pause(verdict.delayMs);
    const identity = await accounts.signIn({ username, password }, visit.clientAddress);
    if (identity === undefined) {
      noteStop(visit, login, { reason: 'sign_in_wrong', provider: provider.name });
      return ask(403, 'wrong');
    }
    login.guesses.succeeded(guess);
    const authTimeMs = login.now();
    const signedIn = { identity, sid: undefined, authTimeMs, acr: undefined, tokens: undefined };
    return await finishSignIn(visit, login, { signedIn, wanted, isForm: true, cookies: [] });
  } catch (error) {
    if (!(error instanceof Unavailable) || error.dependency !== provider.name) throw error;
    login.guesses.undecided(guess);
    return ask(503, 'unavailable', noteOutage(visit, login, error));
  }
}
