// Why a request was refused, for the admin who was told its code: from the decision itself, and from the rules of its
// app looked at once more. What is kept until then holds no credential, cookie, claim or query.
import { sentencesOf } from '../platform/log.ts';
import { ownCopy } from '../platform/own-copy.ts';
import type { Broken } from './broken.ts';
import { explain } from './explanation.ts';
import { indexApps } from './policy/app-index.ts';
import { type Misfit, match } from './policy/match.ts';
import { valuesOf } from './proxies/headers.ts';
import { messageOf, type RefusalReason } from './reasons.ts';
import type { Allow, Decision, ForwardedRequest, Identity, Malformed, Rule, SignOut } from './types.ts';

export type Refusal = Exclude<Decision, Allow | SignOut>;

/** @param file the name that lines are given with. @returns what says it in words, once somebody asks. */
export function explainLater(
  decision: Refusal,
  request: ForwardedRequest,
  file: string,
): () => readonly string[] {
  const kept = withoutSecrets(request);
  const identity = 'identity' in decision ? withoutClaims(decision.identity) : undefined;
  const refusal = 'identity' in decision ? { ...decision, identity } : decision;
  return () => {
    const looked: { rule: Rule; misfit: Misfit | undefined }[] = [];
    const app = 'app' in refusal ? refusal.app : undefined;
    if (app !== undefined)
      match(kept, indexApps([app]), (rule, misfit) => {
        looked.push({ rule, misfit });
      });
    return [
      ...describeRequest(kept),
      ...describePerson(identity),
      ...explain({ decision: refusal, looked }, kept, file),
    ];
  };
}

/** Where it failed: the outage or the bug, with what led to it. */
export function explainBroken(
  broken: Broken,
  error: unknown,
  request: ForwardedRequest,
): () => readonly string[] {
  const kept = withoutSecrets(request);
  return () => [...describeRequest(kept), headOf(broken), ...indented(error)];
}

/** A request to the gateway itself: it has no rule. */
export type OwnRequest = {
  /** What was asked of it, such as `a sign-in at keycloak`; no query. */
  readonly at: string;
  readonly requestId: string;
  readonly clientAddress: string | undefined;
};

export function explainOwn(
  request: OwnRequest,
  reason: RefusalReason,
  detail: string | undefined,
): () => readonly string[] {
  return () => [
    ...describeOwn(request),
    `refused (${reason})`,
    `  ${messageOf(reason)}`,
    ...(detail === undefined ? [] : [`  ${detail}`]),
  ];
}

export function explainOwnBroken(
  request: OwnRequest,
  broken: Broken,
  error: unknown,
): () => readonly string[] {
  return () => [...describeOwn(request), headOf(broken), ...indented(error)];
}

function describeOwn({ at, requestId, clientAddress }: OwnRequest): readonly string[] {
  const from = clientAddress === undefined ? '' : ` from ${clientAddress}`;
  return [`${at}${from}`, `request ${requestId}`];
}

function headOf(broken: Broken): string {
  return broken.kind === 'outage'
    ? `outage (${broken.reason}): ${broken.outage.dependency}`
    : `error (${broken.reason})`;
}

/** On the way to an app in standalone mode. */
export function explainPassage(
  reason: string,
  error: unknown,
  request: ForwardedRequest,
): () => readonly string[] {
  const kept = withoutSecrets(request);
  return () => [...describeRequest(kept), `it may pass, and did not arrive (${reason})`, ...indented(error)];
}

/** Of a question that names no request. */
export function explainUnread({ outcome, reason, detail }: Malformed, requestId: string): readonly string[] {
  return [`request ${requestId}`, `${outcome} (${reason})`, `  ${detail}`];
}

function describeRequest(request: ForwardedRequest): readonly string[] {
  const { method = '?', scheme, host, target, clientAddress = 'an unknown address', namedApp } = request;
  const port = host.port === undefined ? '' : `:${host.port}`;
  const named = namedApp === undefined ? '' : `, for ?app=${namedApp}`;
  return [
    `${method} ${scheme}://${host.name}${port}${target} from ${clientAddress}${named}`,
    `request ${request.requestId}`,
  ];
}

function describePerson(identity: Identity | undefined): readonly string[] {
  if (identity === undefined) return [];
  const { username, realm, groups, roles } = identity;
  const lists = [
    ['groups', groups],
    ['roles', roles],
  ] as const;
  const held = lists.flatMap(([name, items]) => (items.length === 0 ? [] : [`; ${name} ${shorten(items)}`]));
  return [`${username} of realm ${realm}${held.join('')}`];
}

const maxListed = 50;

function shorten(items: readonly string[]): string {
  const more = items.length > maxListed ? ` and ${items.length - maxListed} more` : '';
  return `${items.slice(0, maxListed).join(', ')}${more}`;
}

/** What rules are matched by stays: whether it is a preflight. */
function withoutSecrets(request: ForwardedRequest): ForwardedRequest {
  const { method, host, clientAddress, namedApp } = request;
  const headers = preflightHeaders.flatMap((name) =>
    valuesOf(request.headers, name).flatMap((value) => [name, ownCopy(value)]),
  );
  return {
    ...request,
    headers,
    target: ownCopy(request.target.split('?', 1)[0] ?? ''),
    method: method === undefined ? undefined : ownCopy(method),
    host: { ...host, name: ownCopy(host.name) },
    clientAddress: clientAddress === undefined ? undefined : ownCopy(clientAddress),
    namedApp: namedApp === undefined ? undefined : ownCopy(namedApp),
    requestId: ownCopy(request.requestId),
  };
}

const preflightHeaders = ['origin', 'access-control-request-method'];

function withoutClaims(identity: Identity | undefined): Identity | undefined {
  return identity === undefined ? undefined : { ...identity, claims: {} };
}

function indented(error: unknown): readonly string[] {
  return sentencesOf(error).map((sentence) => `  ${sentence}`);
}
