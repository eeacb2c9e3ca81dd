// Why a request was refused, for the admin who was told its code: who asked for what, and all that the refusal holds.
// No token, no header and no body is in it.
import { sentencesOf } from '../platform/log.ts';
import { type Account, inWords } from '../platform/refusal-book.ts';
import type { Refusal } from './refusals.ts';
import type { Caller } from './types.ts';

export type Asked = {
  /** `POST /transfer`, the pattern. */
  readonly route: string;
  readonly requestId: string;
  /** `undefined`: nobody whom the service believes. */
  readonly caller: Caller | undefined;
  readonly parameters: Readonly<Record<string, string>>;
};

const shown = [
  'sourceFacility',
  'destFacility',
  'scicatPid',
  'collectionRootPath',
  'autoArchive',
  'delete',
  'jobId',
];

/** @param status what was answered, with the `message`. */
export function explainRefusal(
  asked: Asked,
  refusal: Refusal,
  { status, message }: { readonly status: number; readonly message: string },
): Account {
  const { kind: _, reason, ...data } = refusal;
  return inWords([
    ...describeAsked(asked),
    `${status} (${reason})`,
    `  ${message}`,
    ...Object.entries(data).map(([name, value]) => `  ${name}: ${quote(value)}`),
  ]);
}

/** What this service needs did not answer, or it has a bug. */
export function explainFailure(asked: Asked, reason: string, error: Error): Account {
  return inWords([
    ...describeAsked(asked),
    `failed (${reason})`,
    ...sentencesOf(error).map((sentence) => `  ${sentence}`),
  ]);
}

/** The path in a list of files may be megabytes long. */
function quote(value: unknown): string {
  return JSON.stringify(typeof value === 'string' ? value.slice(0, 1000) : value);
}

function describeAsked({ route, requestId, caller, parameters }: Asked): readonly string[] {
  const told = shown.flatMap((name) => {
    const value = parameters[name];
    return value === undefined ? [] : [`  ${name}: ${JSON.stringify(value.slice(0, 200))}`];
  });
  const who =
    caller === undefined
      ? []
      : [`${caller.username} of realm ${caller.realm}; groups ${caller.groups.slice(0, 50).join(', ')}`];
  return [route, ...told, `request ${requestId}`, ...who];
}
