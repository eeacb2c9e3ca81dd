// The service account's credentials, from the environment: each variable, or the file that `<variable>_FILE` names.
import { type Mistake, renderMistake } from '../platform/config/mistakes.ts';
import { Secret, type SecretSources } from '../platform/config/secrets.ts';
import type { Logger } from '../platform/log.ts';

export type Credentials = {
  readonly globusClientId: string;
  readonly globusClientSecret: Secret;
  readonly scicatUsername: string;
  readonly scicatPassword: Secret;
};

export type LoadedCredentials =
  | { readonly ok: true; readonly value: Credentials }
  | { readonly ok: false; readonly mistakes: readonly Mistake[] };

/** @returns the credentials, or everything that is missing or unreadable; never a value in a message. */
export function loadCredentials(sources: SecretSources): LoadedCredentials {
  const globusClientId = readVariable('GLOBUS_CLIENT_ID', sources);
  const globusClientSecret = readVariable('GLOBUS_CLIENT_SECRET', sources);
  const scicatUsername = readVariable('SCICAT_SERVICE_USER_USERNAME', sources);
  const scicatPassword = readVariable('SCICAT_SERVICE_USER_PASSWORD', sources);
  const all = [globusClientId, globusClientSecret, scicatUsername, scicatPassword];
  if (
    globusClientId instanceof Secret &&
    globusClientSecret instanceof Secret &&
    scicatUsername instanceof Secret &&
    scicatPassword instanceof Secret
  ) {
    const value = {
      globusClientId: globusClientId.reveal(),
      globusClientSecret,
      scicatUsername: scicatUsername.reveal(),
      scicatPassword,
    };
    return { ok: true, value };
  }
  return { ok: false, mistakes: all.flatMap((one) => (one instanceof Secret ? [] : [one])) };
}

/** Each secret from where it is now; undefined: it cannot be read, or it is another account's. */
export type ReadAgain = {
  readonly globusClientSecret: () => Secret | undefined;
  readonly scicatPassword: () => Secret | undefined;
};

/** For a secret that is refused: a file may have been replaced since it was read. */
export function readAgainFor(
  { globusClientId, scicatUsername }: Credentials,
  parts: { readonly readCredentials: (() => LoadedCredentials) | undefined; readonly log: Logger },
): ReadAgain {
  const read = (): Credentials | undefined => {
    const loaded = parts.readCredentials?.();
    if (loaded === undefined || loaded.ok) return loaded?.value;
    parts.log.warn(
      { mistakes: loaded.mistakes.map(renderMistake) },
      'the credentials could not be read again',
    );
    return undefined;
  };
  return {
    globusClientSecret: () => {
      const now = read();
      return now?.globusClientId === globusClientId ? now.globusClientSecret : undefined;
    },
    scicatPassword: () => {
      const now = read();
      return now?.scicatUsername === scicatUsername ? now.scicatPassword : undefined;
    },
  };
}

function readVariable(name: string, { environment, readFile }: SecretSources): Secret | Mistake {
  const value = environment[name] ?? '';
  const file = environment[`${name}_FILE`] ?? '';
  if (value !== '' && file !== '') return mistake(`${name}_FILE`, `${name} is set too: keep one of them`);
  if (value !== '') return new Secret(`env:${name}`, value);
  if (file === '') return mistake(name, `not set, and neither is ${name}_FILE`);
  try {
    const text = readFile(file).replace(/\r?\n$/, '');
    return text === ''
      ? mistake(`${name}_FILE`, `the file ${file} is empty`)
      : new Secret(`file:${file}`, text);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'error';
    return mistake(`${name}_FILE`, `the file ${file} cannot be read (${code})`);
  }
}

/** An environment has no lines; its first and only one will do. */
function mistake(variable: string, message: string): Mistake {
  return { file: 'environment', line: 1, path: [variable], message };
}
