// Why a request was refused, for the admin who was told its code: from the decision itself, and from the rules of its
// app looked at once more. What is kept until then holds no credential, cookie, claim or query, and little that the
// client wrote.
import { sentencesOf } from '../platform/log.ts';
import { ownCopy } from '../platform/own-copy.ts';
import { type Account, inWords } from '../platform/refusal-book.ts';
import type { Broken } from './broken.ts';
import { explain } from './explanation.ts';
import { type Kept, keep, maxKeptLength } from './kept-request.ts';
import { indexApps } from './policy/app-index.ts';
import { type Misfit, match } from './policy/match.ts';
import { messageOf, type RefusalReason } from './reasons.ts';
import type { Tried } from './trial.ts';
import type { Allow, App, Decision, ForwardedRequest, Identity, Malformed, Rule, SignOut } from './types.ts';

export type Refusal = Exclude<Decision, Allow | SignOut>;

/** @param file the name that lines are given with. @returns what says it in words, once somebody asks. */
export function explainLater(decision: Refusal, request: ForwardedRequest, file: string): Account {
  const kept = keep(request);
  const refusal = withoutClaims(decision);
  const identity = 'identity' in refusal ? refusal.identity : undefined;
  const app = 'app' in refusal ? refusal.app : undefined;
  // Of a path that is cut nobody could say later which rules it falls under.
  const lookedAlready = kept.isCut ? lookAgain(request, app) : undefined;
  return {
    explain: () => [
      ...describeRequest(kept),
      ...describePerson(identity),
      ...explain(
        { decision: refusal, looked: lookedAlready ?? lookAgain(kept.request, app) },
        kept.request,
        file,
      ),
    ],
    characters:
      kept.request.target.length +
      ('detail' in refusal ? (refusal.detail?.length ?? 0) : 0) +
      sizeOf(identity) +
      charactersPerRule * (lookedAlready?.length ?? 0),
  };
}

/** Which rules were looked at, and why each did not decide. */
function lookAgain(request: ForwardedRequest, app: App | undefined): Tried['looked'] {
  const looked: { rule: Rule; misfit: Misfit | undefined }[] = [];
  if (app !== undefined)
    match(request, indexApps([app]), (rule, misfit) => {
      looked.push({ rule, misfit });
    });
  return looked;
}

/** What stays of one that was looked at already. */
const charactersPerRule = 50;

/** Where it failed: the outage or the bug, with what led to it. */
export function explainBroken(broken: Broken, error: unknown, request: ForwardedRequest): Account {
  return inWords([...describeRequest(keep(request)), headOf(broken), ...indented(error)]);
}

/** A request to the gateway itself: it has no rule. */
export type OwnRequest = {
  /** What was asked of it, such as `a sign-in at keycloak`; no query. */
  readonly at: string;
  readonly requestId: string;
  readonly clientAddress: string | undefined;
};

export function explainOwn(request: OwnRequest, reason: RefusalReason, detail: string | undefined): Account {
  return inWords([
    ...describeOwn(request),
    `refused (${reason})`,
    `  ${messageOf(reason)}`,
    ...(detail === undefined ? [] : [`  ${detail}`]),
  ]);
}

export function explainOwnBroken(request: OwnRequest, broken: Broken, error: unknown): Account {
  return inWords([...describeOwn(request), headOf(broken), ...indented(error)]);
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

/** Why it did not arrive: what went wrong, or a key of the file, with or without words, whose limit acted. */
export type Obstacle = { readonly error: unknown } | { readonly limit: string };

/** On the way to an app in standalone mode. */
export function explainPassage(reason: string, obstacle: Obstacle, request: ForwardedRequest): Account {
  const arrived = `it may pass, and did not arrive (${reason})`;
  const why = 'limit' in obstacle ? [`  ${obstacle.limit}`] : indented(obstacle.error);
  return inWords([...describeRequest(keep(request)), arrived, ...why]);
}

/** Of a question that names no request. */
export function explainUnread({ outcome, reason, detail }: Malformed, requestId: string): Account {
  return inWords([`request ${requestId}`, `${outcome} (${reason})`, `  ${detail}`]);
}

/** Asked by somebody whom the gateway does not answer. */
export function explainPeer(hint: string, requestId: string): Account {
  return inWords([`request ${requestId}`, 'forbid (peer_not_trusted)', `  ${hint}`]);
}

function describeRequest({ request, isCut }: Kept): readonly string[] {
  const { method = '?', scheme, host, target, clientAddress = 'an unknown address', namedApp } = request;
  const port = host.port === undefined ? '' : `:${host.port}`;
  const cut = isCut ? '… (its path is longer)' : '';
  const named = namedApp === undefined ? '' : `, for ?app=${namedApp}`;
  return [
    `${method} ${scheme}://${host.name}${port}${target}${cut} from ${clientAddress}${named}`,
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

function withoutClaims(decision: Refusal): Refusal {
  const kept =
    'detail' in decision && decision.detail !== undefined
      ? { ...decision, detail: ownCopy(decision.detail.slice(0, maxKeptLength)) }
      : decision;
  return 'identity' in kept && kept.identity !== undefined
    ? { ...kept, identity: { ...kept.identity, claims: {} } }
    : kept;
}

function sizeOf(identity: Identity | undefined): number {
  let size = 0;
  for (const name of identity?.groups ?? []) size += name.length;
  for (const name of identity?.roles ?? []) size += name.length;
  return size;
}

function indented(error: unknown): readonly string[] {
  return sentencesOf(error).map((sentence) => `  ${sentence}`);
}
