// Says in a sentence why a Globus task does not end: what is wrong, where, and who can mend it how. Pure.
// The codes are those of https://docs.globus.org/api/transfer/task_events
import type { Side } from '../types.ts';
import type { Authorised, TaskTrouble } from './types.ts';

export type Between = Pick<Authorised, 'sourceFacility' | 'destinationFacility'>;

type TaskError = Extract<TaskTrouble, { kind: 'error' }>;

export function troubleText(trouble: TaskTrouble, between: Between): string {
  if (trouble.kind === 'error') return errorText(trouble, between);
  const who = trouble.side === undefined ? 'one of the collections' : facilityAt(trouble.side, between);
  return `paused at Globus by an administrator of ${who}: "${trouble.message}"`;
}

type Case = (error: TaskError, words: Words) => string;

type Words = {
  /** `the source LAB`. */
  readonly place: string;
  /** `the administrators of LAB`. */
  readonly admins: string;
  /** Undefined: Globus has named none. */
  readonly paths: string | undefined;
};

function errorText(error: TaskError, between: Between): string {
  const known = cases.get(error.code) ?? other;
  const side = error.side ?? usualSides.get(known);
  return known(error, {
    place: side === undefined ? bothPlaces(between) : placeAt(side, between),
    admins: `the administrators of ${side === undefined ? bothNames(between) : facilityAt(side, between)}`,
    paths: error.paths.length === 0 ? undefined : error.paths.join(', '),
  });
}

const missing: Case = (error, { place, paths = 'a file or folder that was asked for' }) =>
  `${paths} is not at ${place} (${said(error)}); whoever owns the dataset can put it there`;

const denied: Case = (error, { place, admins, paths = 'a file or folder' }) =>
  `the service account may not ${rightAt(error.side)} ${paths} at ${place} (${said(error)}); ${admins} can grant it that`;

const ambiguous: Case = (error, { place, paths = 'a path' }) =>
  `${paths} means several files at ${place} (${said(error)}); whoever owns the dataset can rename or remove all but one`;

const full: Case = (error, { place, admins }) =>
  `the service account has no space left at ${place} (${said(error)}); ${admins} can raise its quota or free space`;

const credentials: Case = (error, { place, admins }) =>
  `Globus has no valid credentials for ${place} (${said(error)}); ${admins} can renew them, or correct how the service account is mapped to a local one`;

const unreachable: Case = (error, { place, admins, paths }) =>
  `Globus cannot work with the server of ${place}${paths === undefined ? '' : `, at ${paths}`} (${said(error)}); it goes on by itself once ${admins} have the server running`;

const changed: Case = (error, { place, paths = 'a file' }) =>
  `${paths} at ${place} is not the same before and after it was copied (${said(error)}); whoever owns the dataset can see to it that nothing writes to it`;

const otherKind: Case = (error, { place, paths = 'a path' }) =>
  `${paths} at ${place} is of another kind than was asked for, a file, a folder or a link (${said(error)}); whoever owns the dataset can correct SciCat's list or the file`;

const other: Case = (error, { place, admins, paths }) =>
  `Globus meets an error at ${paths === undefined ? '' : `${paths} at `}${place} (${said(error)}); ${admins} can look into it`;

function said({ code, description }: TaskError): string {
  return description === '' ? code : `${code}: ${description}`;
}

function rightAt(side: Side | undefined): string {
  if (side === undefined) return 'read or write';
  return side === 'source' ? 'read' : 'write';
}

/** Where it is met, unless Globus says otherwise. */
const usualSides: ReadonlyMap<Case, Side> = new Map([
  [missing, 'source'],
  [ambiguous, 'source'],
  [full, 'destination'],
]);

const cases: ReadonlyMap<string, Case> = new Map([
  ...casesFor(missing, 'FILE_NOT_FOUND'),
  ...casesFor(denied, 'PERMISSION_DENIED', 'FILE_ACCESS'),
  ...casesFor(ambiguous, 'AMBIGUOUS_PATH'),
  ...casesFor(full, 'QUOTA_EXCEEDED', 'NO_SPACE_LEFT'),
  ...casesFor(credentials, 'CREDENTIALS_EXPIRED', 'NO_CREDENTIALS', 'INVALID_SERVICE_CREDENTIAL'),
  ...casesFor(credentials, 'AUTH', 'GSI_DN_MISMATCH'),
  ...casesFor(unreachable, 'CONNECT_FAILED', 'CONNECTION_BROKEN', 'CONNECTION_RESET', 'TIMEOUT'),
  ...casesFor(
    unreachable,
    'ENDPOINT_ERROR',
    'ENDPOINT_TOO_BUSY',
    'GC_NOT_CONNECTED',
    'GC_PAUSED',
    'NO_PHYSICALS',
  ),
  ...casesFor(changed, 'FILE_SIZE_CHANGED', 'VERIFY_CHECKSUM', 'EXTERNAL_CHECKSUM_MISMATCH'),
  ...casesFor(otherKind, 'IS_A_DIRECTORY', 'IS_A_FILE', 'NOT_A_DIRECTORY', 'NOT_A_FILE', 'NOT_A_SYMLINK'),
  ...casesFor(otherKind, 'INVALID_SYMLINK', 'INVALID_PATH_NAME'),
]);

function casesFor(one: Case, ...codes: readonly string[]): readonly (readonly [string, Case])[] {
  return codes.map((code) => [code, one]);
}

export function facilityAt(side: Side, { sourceFacility, destinationFacility }: Between): string {
  return side === 'source' ? sourceFacility : destinationFacility;
}

/** `the source LAB`. */
export function placeAt(side: Side, between: Between): string {
  return `the ${side} ${facilityAt(side, between)}`;
}

export function bothPlaces({ sourceFacility, destinationFacility }: Between): string {
  return `the source ${sourceFacility} or the destination ${destinationFacility}`;
}

export function bothNames({ sourceFacility, destinationFacility }: Between): string {
  return sourceFacility === destinationFacility
    ? sourceFacility
    : `${sourceFacility} and ${destinationFacility}`;
}
