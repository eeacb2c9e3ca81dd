// WebSockets and event streams of apps with `endStreams`: each goes on as long as the request that began it would be let
// pass now, by the same decision. So a token's end, a session's, and a rule that is another now all end it.
import { Unavailable } from '../../platform/unavailable.ts';
import { authorize } from '../authorize.ts';
import type { Gate } from '../decide.ts';
import type { Allow, ForwardedRequest } from '../types.ts';

export type Stream = {
  readonly forwarded: ForwardedRequest;
  /** What it began by. */
  readonly decision: Allow;
  readonly end: () => void;
};

export type Following = {
  /** What is in force at this moment. */
  readonly gate: () => Gate;
  readonly recheckMs: number;
};

/** @returns what stops to look, for a stream that has ended. */
export function followStream({ gate, recheckMs }: Following, stream: Stream): () => void {
  const endsAtMs = (stream.decision.identity?.expiresAt ?? Number.POSITIVE_INFINITY) * 1000;
  let timer: NodeJS.Timeout | undefined;
  let isOver = false;
  const wait = (): void => {
    if (!isOver)
      timer = setTimeout(() => void look(), Math.max(0, Math.min(recheckMs, endsAtMs - Date.now())));
  };
  const look = async (): Promise<void> => {
    const why = Date.now() >= endsAtMs ? 'token_expired' : await findReason(stream, gate());
    if (isOver) return;
    if (why === undefined) return wait();
    isOver = true;
    const { requestId } = stream.forwarded;
    gate().log.info({ requestId, app: stream.decision.app.name, reason: why }, 'stream ended');
    stream.end();
  };
  wait();
  return () => {
    isOver = true;
    clearTimeout(timer);
  };
}

/** Why it may not go on; `undefined`: it may, or nobody can tell just now, and it has been let pass once. */
async function findReason({ forwarded, decision }: Stream, gate: Gate): Promise<string | undefined> {
  try {
    const now = await authorize(forwarded, gate.policy, gate.verify);
    if (now.outcome !== 'allow') return now.reason;
    return now.identity?.id === decision.identity?.id ? undefined : 'credential_of_another';
  } catch (error) {
    if (error instanceof Unavailable) return undefined;
    gate.log.error({ requestId: forwarded.requestId, error }, 'a stream could not be looked at');
    return 'internal_error';
  }
}
