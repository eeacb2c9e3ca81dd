// What `beamgate explain` says of one request and one file.
import { loadGatewayConfig } from '../gateway/config.ts';
import { explain } from '../gateway/explanation.ts';
import { createTrials, readTrialRequest } from '../gateway/trial.ts';
import type { CredentialKind } from '../gateway/types.ts';
import { renderMistake } from '../platform/config/mistakes.ts';
import type { SecretSources } from '../platform/config/secrets.ts';

export type Explained = { readonly isAnswered: boolean; readonly lines: readonly string[] };

export type ExplainOptions = {
  readonly method: string;
  readonly url: string;
  readonly user?: string | undefined;
  /** Comma-separated, as `roles`. */
  readonly groups?: string | undefined;
  readonly roles?: string | undefined;
  readonly realm?: string | undefined;
  readonly from?: string | undefined;
  readonly app?: string | undefined;
  /** Comma-separated. */
  readonly labelGroups?: string | undefined;
  /** Each `Name: value`. */
  readonly header?: readonly string[] | undefined;
  /** `session`, `bearer`, `basic`, `header`. */
  readonly credential?: string | undefined;
};

export async function explainRequest(
  file: string,
  sources: SecretSources,
  options: ExplainOptions,
): Promise<Explained> {
  let text: string;
  try {
    text = sources.readFile(file);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'error';
    return refuse([`${file}: cannot be read (${code})`]);
  }
  const loaded = loadGatewayConfig({ file, text }, sources);
  if (!loaded.ok) return refuse(loaded.mistakes.map(renderMistake));
  const { from, app, labelGroups, credential } = options;
  const headers = readHeaders(options.header ?? []);
  if (headers === undefined) return refuse(['a header is written as "Name: value"']);
  if (credential !== undefined && !isKind(credential))
    return refuse([`there is no kind of credential "${credential}"; there are: ${kinds.join(', ')}`]);
  const request = readTrialRequest(`${options.method} ${options.url}`, {
    from,
    app,
    labelGroups: labelGroups?.split(','),
    headers,
  });
  if (typeof request === 'string') return refuse([request]);
  const { user, groups, roles, realm } = options;
  if (user === undefined && [groups, roles, realm].some((one) => one !== undefined))
    return refuse(['groups, roles and realm are somebody\u2019s: say --user too']);
  const known = loaded.value.providers.map((provider) => provider.realm);
  if (realm !== undefined && !known.includes(realm))
    return refuse([`there is no realm "${realm}"; there are: ${known.join(', ')}`]);
  const who = user === undefined ? undefined : { user, groups: listOf(groups), roles: listOf(roles), realm };
  const tried = await createTrials(loaded.value)({ request, who, credential });
  const missing =
    tried.decision.reason === 'client_address_unknown' ? ['  say from where it comes: --from ADDRESS'] : [];
  return { isAnswered: true, lines: [...explain(tried, request, file), ...missing] };
}

const kinds: readonly CredentialKind[] = ['session', 'bearer', 'basic', 'header'];

function isKind(text: string): text is CredentialKind {
  return kinds.some((kind) => kind === text);
}

function readHeaders(lines: readonly string[]): Readonly<Record<string, string>> | undefined {
  const pairs = lines.map((line) => /^([A-Za-z0-9_-]{1,64}): *([\x20-\x7e]*)$/.exec(line));
  if (pairs.includes(null)) return undefined;
  return Object.fromEntries(pairs.map((pair) => [pair?.[1] ?? '', pair?.[2] ?? '']));
}

function listOf(text: string | undefined): readonly string[] {
  return (text ?? '').split(',').filter((item) => item !== '');
}

function refuse(lines: readonly string[]): Explained {
  return { isAnswered: false, lines };
}
