// One transfer taken from step to step, as far as it goes at present. Only one of these runs for a transfer.
import { findTransfer } from '../store/read.ts';
import type { EngineContext } from './context.ts';
import { nextStep, type Step } from './next-step.ts';
import type { Pace } from './pace.ts';
import { perform, type WorkStep } from './perform.ts';
import type { Claim, Places } from './places.ts';
import { isParked } from './standing.ts';
import type { Chunk, Transfer } from './types.ts';

export type Pause =
  | { readonly kind: 'rest'; readonly forMs: number | undefined }
  /** An outage, or a mistake of ours. */
  | {
      readonly kind: 'hindered';
      readonly error: unknown;
      readonly transfer: Transfer;
      readonly step: WorkStep['kind'];
    };

/** Where it waits for others: for a place at Globus, to read its list at SciCat, to tell of mere progress. */
export type Turns = { readonly places: Places; readonly lists: Places; readonly pace: Pace };

/** @param onStep told after every step that was taken. */
export async function advance(
  context: EngineContext,
  { id, onStep, ...turns }: Turns & { id: string; onStep: () => void },
): Promise<Pause> {
  const { places, lists } = turns;
  for (;;) {
    context.signal.throwIfAborted();
    const transfer = await findTransfer(context.store, id);
    if (transfer === undefined) return { kind: 'rest', forMs: undefined };
    const step = decide(context, transfer, turns);
    if (step.kind === 'rest') return step;
    try {
      const outcome = await perform(context, transfer, step).finally(() => lists.hold(claimOf(transfer), 0));
      onStep();
      if (outcome === 'not_yet') return { kind: 'rest', forMs: lookAgainMs };
    } catch (error) {
      // What only tells of it stands in the way of nothing: it keeps its place in the line.
      if (!isMerelyTold(step)) places.leave(claimOf(transfer));
      holdActive(places, transfer);
      return { kind: 'hindered', error, transfer, step: step.kind };
    }
  }
}

const lookAgainMs = 2_000;

/** Its owner waits for nothing of this. */
export function isMerelyTold({ kind }: Pick<WorkStep, 'kind'>): boolean {
  return kind === 'report' || kind === 'delete_job';
}

function decide(context: EngineContext, transfer: Transfer, { pace, ...turns }: Turns): Step {
  const step = decideByLists(context, transfer, turns);
  if (step.kind !== 'report' || step.isUrgent) {
    pace.leave(transfer.id);
    return step;
  }
  const forMs = pace.waitMs(transfer.id, context.clock.elapsed());
  // Its deadline may come before its turn.
  return forMs === 0 ? step : { kind: 'rest', forMs: Math.min(forMs, longestTurnMs) };
}

const longestTurnMs = 5 * 60_000;

/** A long list takes hours: who waits to read one is at work on nothing. */
function decideByLists(
  context: EngineContext,
  transfer: Transfer,
  { places, lists }: Omit<Turns, 'pace'>,
): Step {
  const claim = claimOf(transfer);
  const step = decideByPlaces(context, transfer, { places, mayReadList: true });
  if (step.kind !== 'list_files' && step.kind !== 'judge') {
    lists.leave(claim);
    return step;
  }
  if (!lists.isOffered(claim)) return decideByPlaces(context, transfer, { places, mayReadList: false });
  lists.hold(claim, 1);
  return step;
}

function decideByPlaces(
  context: EngineContext,
  transfer: Transfer,
  { places, mayReadList }: { readonly places: Places; readonly mayReadList: boolean },
): Step {
  const { clock, settings } = context;
  const circumstances = { now: clock.now(), sinceMs: clock.sinceMs, settings, mayReadList };
  const claim = claimOf(transfer);
  const wished = nextStep(transfer, { ...circumstances, hasPlace: true });
  const { isReserved } = places.heldBy(transfer.id);
  // Also where one of its tasks has ended: the place goes to whoever is next.
  const { count, parked } = holdActive(places, transfer);
  if (wished.kind !== 'prepare' && wished.kind !== 'submit') {
    places.leave(claim);
    return wished;
  }
  const isKept = wished.kind === 'submit' && isReserved;
  if (!isKept && !places.isOffered(claim)) return nextStep(transfer, { ...circumstances, hasPlace: false });
  places.hold(claim, count + 1, { parked, isReserved: true });
  return wished;
}

export function claimOf({ id, authorised }: Pick<Transfer, 'id' | 'authorised'>): Claim {
  const { subject: user, sourceFacility, destinationFacility } = authorised;
  return { id, user, facilities: [...new Set([sourceFacility, destinationFacility])] };
}

function holdActive(places: Places, transfer: Transfer) {
  const { count, parked } = countActive(transfer.chunks);
  places.hold(claimOf(transfer), count, { parked });
  return { count, parked };
}

/** The tasks that Globus has of a transfer, and how many of them are at work on nothing. */
export function countActive(chunks: readonly Pick<Chunk, 'status' | 'progress'>[]) {
  const active = chunks.filter(({ status }) => status === 'active');
  return { count: active.length, parked: active.filter(({ progress }) => isParked(progress)).length };
}
