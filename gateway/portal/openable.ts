// Which apps somebody may open: each is asked about as their browser would ask, so that the portal cannot say other than
// the door does.
import { authorize, type Policy } from '../authorize.ts';
import { gatewayAppName } from '../policy/app-index.ts';
import type { App, Authentication, ForwardedRequest } from '../types.ts';

export type Visitor = {
  readonly authentication: Extract<Authentication, { kind: 'verified' }>;
  readonly clientAddress: string | undefined;
};

/** In the order of the file; those that have an address of their own, and are listed. */
export async function openableApps(
  apps: readonly App[],
  policy: Policy,
  visitor: Visitor,
): Promise<readonly App[]> {
  const listed = apps.filter(({ isListed, name }) => isListed && name !== gatewayAppName);
  const decided = await Promise.all(listed.map((app) => isOpenable(app, policy, visitor)));
  return listed.filter((_app, index) => decided[index] === true);
}

async function isOpenable(app: App, policy: Policy, visitor: Visitor): Promise<boolean> {
  const request = requestFor(app, visitor);
  if (request === undefined) return false;
  const decision = await authorize(request, policy, () => visitor.authentication);
  if (decision.outcome === 'authenticate') return afterAnotherSignIn.has(decision.reason);
  if (decision.outcome !== 'allow' || decision.app !== app) return false;
  return decision.identity === undefined || decision.rule.credentials.has('session');
}

/** They get in once they have proved anew, or better, who they are. */
const afterAnotherSignIn: ReadonlySet<string> = new Set(['session_too_old', 'stronger_sign_in_needed']);

/** `GET` of its url, as a proxy asks. @returns `undefined` where it has no address that a link could name. */
function requestFor(app: App, { clientAddress }: Visitor): ForwardedRequest | undefined {
  if (app.host.kind !== 'exact') return undefined;
  const path = app.stripped ? [] : app.prefix;
  return {
    scheme: app.url.startsWith('https:') ? 'https' : 'http',
    isUpgrade: false,
    method: 'GET',
    host: { name: app.host.name, port: app.host.port },
    target: `/${path.map(encodeURIComponent).join('/')}`,
    clientAddress,
    headers: [],
    namedApp: app.stripped ? app.name : undefined,
    namedGroups: undefined,
    requestId: 'portal',
  };
}
