// A file that cannot be had at the source: Globus waits for it until the task's deadline, and the configuration may say
// not to. Pure.
import { troubleText } from './trouble-text.ts';
import type { Chunk, EndReason, TaskTrouble, Transfer } from './types.ts';

export type SourceTrouble = { readonly reason: EndReason; readonly message: string };

export function sourceTroubleOf({ chunks, authorised }: Transfer): SourceTrouble | undefined {
  const [found] = chunks.flatMap((chunk) => {
    const reason = reasonOf(chunk);
    return reason === undefined ? [] : [{ reason, trouble: troubleOf(chunk) }];
  });
  if (found === undefined) return undefined;
  const { reason, trouble } = found;
  return { reason, message: `${troubleText(trouble, authorised)}. Then retry the transfer` };
}

function reasonOf({ status, progress, trouble }: Chunk): EndReason | undefined {
  if (status !== 'active' || progress.faults === 0) return undefined;
  const side = trouble?.kind === 'error' ? trouble.side : undefined;
  if (side === 'destination') return undefined;
  switch (progress.niceStatus?.toUpperCase()) {
    case 'FILE_NOT_FOUND':
      return 'source_missing';
    case 'AMBIGUOUS_PATH':
      return 'source_ambiguous';
    case 'PERMISSION_DENIED':
      // It may be the destination's: what is not known is waited for.
      return side === 'source' ? 'source_permission_denied' : undefined;
    default:
      return undefined;
  }
}

/** Where Globus could not be asked, what its status says. */
function troubleOf({ trouble, progress }: Chunk): TaskTrouble {
  if (trouble?.kind === 'error') return trouble;
  const code = progress.niceStatus ?? '';
  return { kind: 'error', code, description: '', side: undefined, paths: [] };
}
