// What `beamgate explain` says of one request and one file.
import { type GatewayConfig, loadGatewayConfig } from '../gateway/config.ts';
import { explain } from '../gateway/explanation.ts';
import { createTrials, readTrialRequest } from '../gateway/trial.ts';
import type { Somebody } from '../gateway/trial-credential.ts';
import type { CredentialKind, ForwardedRequest } from '../gateway/types.ts';
import { renderMistake } from '../platform/config/mistakes.ts';
import type { SecretSources } from '../platform/config/secrets.ts';
import { readSomebody } from './explain-claims.ts';

export type Explained = { readonly isAnswered: boolean; readonly lines: readonly string[] };

export type ExplainOptions = {
  /** Both are missing where only claims are to be read. */
  readonly method?: string | undefined;
  readonly url?: string | undefined;
  /** A file with a user's claims, instead of `user`. */
  readonly claims?: string | undefined;
  /** Whose claims they are. */
  readonly provider?: string | undefined;
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
  const text = readText(file, sources);
  if (typeof text !== 'string') return refuse(text);
  const loaded = loadGatewayConfig({ file, text }, sources);
  if (!loaded.ok) return refuse(loaded.mistakes.map(renderMistake));
  const somebody = whoAsks(options, loaded.value, sources);
  if (!somebody.isAnswered) return somebody;
  if (options.method === undefined || options.url === undefined)
    return { isAnswered: true, lines: somebody.lines };
  const request = readRequest({ ...options, method: options.method, url: options.url });
  if (Array.isArray(request)) return refuse(request);
  const { credential } = options;
  if (credential !== undefined && !isKind(credential))
    return refuse([`there is no kind of credential "${credential}"; there are: ${kinds.join(', ')}`]);
  const tried = await createTrials(loaded.value)({ request, who: somebody.who, credential });
  const missing =
    tried.decision.reason === 'client_address_unknown' ? ['  say from where it comes: --from ADDRESS'] : [];
  return { isAnswered: true, lines: [...somebody.lines, ...explain(tried, request, file), ...missing] };
}

function readText(file: string, { readFile }: SecretSources): string | readonly string[] {
  try {
    return readFile(file);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'error';
    return [`${file}: cannot be read (${code})`];
  }
}

type Asking = Explained & { readonly who: Somebody | undefined };

/** By name, or by a file with claims. */
function whoAsks(options: ExplainOptions, config: GatewayConfig, sources: SecretSources): Asking {
  const { user, groups, roles, realm, claims, provider } = options;
  const named = [user, groups, roles, realm].some((one) => one !== undefined);
  if (claims !== undefined) {
    if (named) return nobody(['--claims says who it is: leave --user, --groups, --roles and --realm out']);
    const text = readText(claims, sources);
    if (typeof text !== 'string') return nobody(text);
    const { who, lines } = readSomebody(text, provider, config.providers);
    return { isAnswered: who !== undefined, who, lines };
  }
  if (provider !== undefined) return nobody(['--provider goes with --claims FILE']);
  if (user === undefined && named)
    return nobody(['groups, roles and realm are somebody\u2019s: say --user too']);
  const known = config.providers.map((one) => one.realm);
  if (realm !== undefined && !known.includes(realm))
    return nobody([`there is no realm "${realm}"; there are: ${known.join(', ')}`]);
  const who = user === undefined ? undefined : { user, groups: listOf(groups), roles: listOf(roles), realm };
  return { isAnswered: true, who, lines: [] };
}

function nobody(lines: readonly string[]): Asking {
  return { ...refuse(lines), who: undefined };
}

function readRequest(
  options: ExplainOptions & { readonly method: string; readonly url: string },
): ForwardedRequest | string[] {
  const { method, url, from, app, labelGroups } = options;
  const headers = readHeaders(options.header ?? []);
  if (headers === undefined) return ['a header is written as "Name: value"'];
  const given = { from, app, labelGroups: labelGroups?.split(','), headers };
  const request = readTrialRequest(`${method} ${url}`, given);
  return typeof request === 'string' ? [request] : request;
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
