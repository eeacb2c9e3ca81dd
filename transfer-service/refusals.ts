// Every refusal as a client sees it: a status that the Ingestor's client knows, and a sentence that says what to do.
// Pure; exhaustive, so that a new reason cannot be left without an answer.
import type { CallerRefusal } from './caller.ts';
import type { DestinationRefusal } from './destinations.ts';
import type { ManageDecision } from './facilities.ts';
import type { PathProblem } from './path-text.ts';
import type { PathRefusal } from './paths.ts';
import type { RetryRefusal } from './transfers.ts';

/** What is wrong with the request itself, found before anybody is asked. */
export type RequestRefusal = { readonly kind: 'refused' } & (
  | { readonly reason: 'query_invalid'; readonly parameter: string; readonly problem: string }
  | { readonly reason: 'body_invalid'; readonly where: string; readonly problem: string }
  | { readonly reason: 'body_too_large'; readonly maxBytes: number }
  /** `isOldCall`: by a client that knows no 404. */
  | { readonly reason: 'transfer_not_found'; readonly id: string; readonly isOldCall: boolean }
  /** SciCat did not let this service delete the job; the transfer itself has ended. */
  | { readonly reason: 'job_not_deleted' }
  | { readonly reason: 'no_such_path' }
);

export type Refusal =
  | CallerRefusal
  | RetryRefusal
  | RequestRefusal
  | Extract<ManageDecision, { readonly kind: 'refused' }>;

export type Status = 400 | 401 | 403 | 404 | 409 | 503;

export type RefusalAnswer = {
  readonly status: Status;
  readonly message: string;
  /** A string always: clients generated from the description lose the message of any other. */
  readonly details?: string;
};

export function answerTo(refusal: Refusal): RefusalAnswer {
  switch (refusal.reason) {
    case 'no_identity':
    case 'repeated_identity_header':
    case 'assertion_expired':
    case 'assertion_invalid':
    case 'peer_not_trusted':
    case 'identity_header_invalid':
      return { status: 401, message: identityMessages[refusal.reason] };
    case 'realm_not_mapped':
      return forbidden(`users of ${refusal.realm} are not users of SciCat here; sign in through SciCat`);
    case 'unknown_facility':
      return invalid(`there is no facility "${refusal.facility}" (${refusal.side}); check its name`);
    case 'facility_not_allowed':
      return forbidden(`you may not use the facility "${refusal.facility}" (${refusal.side})`);
    case 'wrong_direction':
      return forbidden(`the facility "${refusal.facility}" cannot be the ${refusal.side} of a transfer`);
    case 'dataset_not_found':
      return invalid(`SciCat has no dataset ${refusal.pid}`);
    case 'dataset_unusable':
      return invalid(`the dataset ${refusal.pid} cannot be moved: ${refusal.problem}. Correct it in SciCat`);
    case 'dataset_not_allowed':
      return forbidden(`only members of the group that owns the dataset ${refusal.pid} may move it`);
    case 'destination_used':
      return destinationUsed(refusal);
    case 'queue_full':
      return { status: 503, message: 'too many transfers are waiting; try again later' };
    case 'user_queue_full':
      return { status: 503, message: 'too many of your transfers are waiting; try again later' };
    case 'job_refused':
      return invalid(refusal.problem);
    case 'retry_not_possible':
      return { status: 409, message: `the transfer cannot be tried again: ${refusal.problem}` };
    case 'transfer_not_allowed':
      return forbidden(
        'only who asked for a transfer, and members of its ownerGroup, may see, cancel or retry it',
      );
    case 'transfer_not_found':
      return {
        status: refusal.isOldCall ? 400 : 404,
        message: `there is no transfer with the job ${refusal.id.slice(0, 100)}`,
      };
    case 'job_not_deleted':
      return invalid(
        'the transfer has ended, but SciCat does not let this service delete its job: the service account needs DELETE_JOB_GROUPS',
      );
    case 'no_such_path':
      return { status: 404, message: 'no such path; see /docs/index.html' };
    case 'query_invalid':
      return invalid(`query parameter ${refusal.parameter}: ${refusal.problem}`);
    case 'body_invalid':
      return invalid(`body${refusal.where === '' ? '' : `, ${refusal.where}`}: ${refusal.problem}`);
    case 'body_too_large':
      return invalid(
        `the body is larger than ${refusal.maxBytes} bytes; leave out fileList to move the whole folder`,
      );
    default:
      return answerToPaths(refusal);
  }
}

function answerToPaths(refusal: PathRefusal): RefusalAnswer {
  switch (refusal.reason) {
    case 'pid_invalid':
      return invalid(`the pid ${problems[refusal.problem]}`);
    case 'collection_root_invalid':
      return invalid(`collectionRootPath ${problems[refusal.problem]}`);
    case 'collection_root_not_allowed':
      return forbidden(`collectionRootPath is none of those of the facility "${refusal.facility}"`);
    case 'source_folder_invalid':
      return invalid(`the dataset's sourceFolder ${problems[refusal.problem]}`);
    case 'source_folder_outside_collection_root':
      return invalid("the dataset's sourceFolder does not lie below collectionRootPath");
    case 'variable_invalid':
      return invalid(`the facility's path needs ${refusal.variable}, which ${problems[refusal.problem]}`);
    case 'resolved_path_invalid':
      return invalid(`the ${refusal.side} path ${problems[refusal.problem]}`);
    case 'path_outside_bounds':
      return forbidden(`the ${refusal.side} path lies outside of what "${refusal.facility}" allows`);
    case 'source_and_destination_overlap':
      return invalid('source and destination are the same folder, or one lies in the other');
    case 'file_list_empty':
      return invalid('fileList is empty; leave it out to move the whole folder');
    case 'file_path_invalid':
      return {
        ...invalid(`a path in fileList ${problems[refusal.problem]}`),
        details: pathDetail(refusal.path),
      };
    case 'file_path_repeated':
      return { ...invalid('a path is in fileList twice'), details: pathDetail(refusal.path) };
    case 'symlink_not_allowed':
      return {
        ...forbidden(`fileList names a link, and the ${refusal.side} facility allows none`),
        details: pathDetail(refusal.path),
      };
    case 'file_below_symlink':
      return { ...invalid('a path in fileList lies below a link'), details: pathDetail(refusal.path) };
  }
}

const identityMessages = {
  no_identity: 'sign in: the request carries no identity that the gateway vouches for',
  repeated_identity_header: 'the request carries an identity twice',
  assertion_expired: 'the identity has expired; ask again',
  assertion_invalid: 'the identity is not one that the gateway vouches for',
  peer_not_trusted: 'the request did not come through the proxy',
  identity_header_invalid: 'the identity cannot be read',
} as const;

const problems: Readonly<Record<PathProblem, string>> = {
  empty: 'is empty',
  empty_part: 'has an empty part (//)',
  dot_part: 'has a part that is . or ..',
  control_character: 'has a control character',
  not_unicode: 'is no valid Unicode',
  leading_tilde: 'begins with ~',
  absolute: 'is absolute; write it relative to the folder',
  not_absolute: 'is not absolute',
  slash: 'has a slash where only one part of a path can stand',
  too_long: 'is too long',
};

function pathDetail(path: string): string {
  return `path: ${path.slice(0, 200)}`;
}

function destinationUsed({ usedBy, isShown }: DestinationRefusal): RefusalAnswer {
  const { pid, jobId, facility, folder, hasEnded } = usedBy;
  const whose = isShown ? `the dataset ${pid}` : 'another dataset';
  const message = hasEnded
    ? `files of ${whose} are in the destination folder. It becomes free when that dataset is deleted in SciCat, or when the operator of this service releases it (beamgate transfers release)`
    : `files of ${whose} are on their way to the destination folder. Wait for the end of that transfer, or cancel it`;
  if (!isShown) return forbidden(message);
  return {
    ...forbidden(message),
    details: `dataset ${pid}, job ${jobId ?? 'none'}, folder ${folder} at ${facility}`,
  };
}

function invalid(message: string): RefusalAnswer {
  return { status: 400, message };
}

function forbidden(message: string): RefusalAnswer {
  return { status: 403, message };
}
