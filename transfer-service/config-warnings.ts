// What is legal in the file and dangerous, for the log at the start: each names the facility and the risk. Pure.
import type { LineOf, Path } from '../platform/config/lines.ts';
import { type Mistake, placeComplaints } from '../platform/config/mistakes.ts';
import type { TransferFile } from './config-schema.ts';
import { openTasks, workingTasks } from './globus/account-limits.ts';
import type { Facility } from './types.ts';

export type WarningReason =
  | 'access_unchecked'
  | 'key_ignored'
  | 'source_unbounded'
  | 'destination_unbounded'
  | 'any_collection_root'
  | 'symlinks_allowed'
  | 'headers_believed'
  | 'more_than_globus_takes'
  | 'more_than_globus_works_on'
  | 'stuck_after_deadline';

export type ConfigWarning = Mistake & { readonly reason: WarningReason };

/** @param facilities in the order of the file's. */
export function warningsAbout(
  source: { readonly file: string; readonly lineOf: LineOf; readonly ignored: readonly Path[] },
  { callers, task }: Pick<TransferFile, 'callers' | 'task'>,
  facilities: readonly Facility[],
): readonly ConfigWarning[] {
  const found = facilities.flatMap((facility, index) =>
    risksOf(facility).map((risk) => ({ ...risk, path: ['facilities', index] })),
  );
  const all = [
    ...found,
    ...source.ignored.map((path) => ({ ...keyIgnored(path), path })),
    ...(callers?.believe === 'plain-headers' ? [{ ...headersBelieved, path: ['callers'] }] : []),
    ...concurrencyRisks(task?.maxConcurrency ?? 0).map((risk) => ({
      ...risk,
      path: ['task', 'maxConcurrency'],
    })),
    ...(isGivenUpUnseen(task) ? [{ ...stuckAfterDeadline, path: ['task', 'stuckAfterMinutes'] }] : []),
  ];
  return all.flatMap(({ reason, path, message }) =>
    placeComplaints(source.file, source.lineOf, [{ path, message }]).map((placed) => ({ ...placed, reason })),
  );
}

type Risk = { readonly reason: WarningReason; readonly message: string };

function risksOf({ name, access, direction, ...facility }: Facility): readonly Risk[] {
  const isSource = direction !== 'DST';
  const isDestination = direction !== 'SRC';
  const risks: readonly (Risk & { readonly applies: boolean })[] = [
    {
      reason: 'access_unchecked',
      applies: access.kind === 'everyone',
      message: `${name} has an empty accessPath: anyone who is signed in may use it`,
    },
    {
      reason: 'source_unbounded',
      applies: isSource && facility.sourceWithin === undefined,
      message: `${name} has no sourceWithin: whoever creates a dataset chooses what the service account reads there, by its sourceFolder`,
    },
    {
      reason: 'any_collection_root',
      applies: isSource && facility.collectionRoots === undefined,
      message: `${name} has no collectionRoots: a request chooses by its collectionRootPath how much of a path is dropped`,
    },
    {
      reason: 'destination_unbounded',
      applies: isDestination && facility.destinationWithin === undefined,
      message: `${name} has no destinationWithin: a dataset's sourceFolder may choose where the service account writes there`,
    },
    {
      reason: 'symlinks_allowed',
      applies: facility.allowSymlinks,
      message: `${name} moves links of a file list as links, as the SciCat Globus Proxy did: one that leads out of a dataset's folder is copied as it is. Write allowSymlinks: false where lists with links are to be refused`,
    },
  ];
  return risks.filter(({ applies }) => applies).map(({ reason, message }) => ({ reason, message }));
}

function keyIgnored(path: Path): Risk {
  const key = String(path.at(-1));
  const instead =
    key === 'collectionRootPath' ? '; write collectionRoots to say which roots requests may name' : '';
  return { reason: 'key_ignored', message: `${key} is not a key of this service and is ignored${instead}` };
}

const headersBelieved: Risk = {
  reason: 'headers_believed',
  message:
    'plain headers are believed: whoever can reach this service from a trusted address can claim to be anyone',
};

function concurrencyRisks(maxConcurrency: number): readonly Risk[] {
  const works: Risk = {
    reason: 'more_than_globus_works_on',
    message: `maxConcurrency is ${maxConcurrency}, but Globus works on ${workingTasks} tasks of an account at a time: the others wait in its own queue, where a small transfer waits behind another user's big one. Leave the key out, or write ${workingTasks}`,
  };
  const takes: Risk = {
    reason: 'more_than_globus_takes',
    message: `maxConcurrency is above ${openTasks}: Globus lets one account have about so many tasks, and refuses the rest until some have ended`,
  };
  return [...(maxConcurrency > workingTasks ? [works] : []), ...(maxConcurrency > openTasks ? [takes] : [])];
}

/** Of a file without these keys the defaults are as they should be. */
function isGivenUpUnseen(task: TransferFile['task']): boolean {
  return task !== undefined && task !== null && task.stuckAfterMinutes >= task.deadlineHours * 60;
}

const stuckAfterDeadline: Risk = {
  reason: 'stuck_after_deadline',
  message:
    'stuckAfterMinutes is not below deadlineHours: a transfer that nothing comes of is given up before anybody is shown that it is stuck',
};
