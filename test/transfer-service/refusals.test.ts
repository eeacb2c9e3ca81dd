// Every reason has an answer that the Ingestor's client can read; this table names them all, or does not compile.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { answerTo, type Refusal, type Status } from '../../transfer-service/refusals.ts';

const atSource = { side: 'source', facility: 'LAB' } as const;
const dots = { problem: 'dot_part' } as const;

const usedBy = {
  ...{ id: 't1', pid: 'the-pid', ownerGroup: 'p1', ownerSubject: 'scicat:alice', jobId: 'job-1' },
  ...{ facility: 'ARCHIVE', folder: '/received/x', hasEnded: true },
};

const samples: Readonly<Record<Refusal['reason'], readonly [Status, object]>> = {
  no_identity: [401, {}],
  repeated_identity_header: [401, { header: 'x' }],
  assertion_expired: [401, {}],
  assertion_invalid: [401, { problem: 'claim aud' }],
  peer_not_trusted: [401, { peerAddress: '10.0.0.1' }],
  identity_header_invalid: [401, { header: 'x' }],
  realm_not_mapped: [403, { realm: 'keycloak' }],
  unknown_facility: [400, atSource],
  facility_not_allowed: [403, atSource],
  wrong_direction: [403, atSource],
  dataset_not_found: [400, { pid: 'x' }],
  dataset_unusable: [400, { pid: 'x', problem: 'it has no ownerGroup' }],
  dataset_not_allowed: [403, { pid: 'x' }],
  destination_used: [403, { usedBy, isShown: true }],
  queue_full: [503, {}],
  user_queue_full: [503, {}],
  job_refused: [400, { problem: 'SciCat says no' }],
  job_not_deleted: [400, {}],
  retry_not_possible: [409, { problem: 'it has not ended yet' }],
  transfer_not_allowed: [403, {}],
  transfer_not_found: [404, { id: 'x', isOldCall: false }],
  no_such_path: [404, {}],
  query_invalid: [400, { parameter: 'limit', problem: 'not a number' }],
  body_invalid: [400, { where: '', problem: 'not a number' }],
  body_too_large: [400, { maxBytes: 1 }],
  pid_invalid: [400, dots],
  collection_root_invalid: [400, dots],
  collection_root_not_allowed: [403, { facility: 'LAB' }],
  source_folder_invalid: [400, dots],
  source_folder_outside_collection_root: [400, {}],
  variable_invalid: [400, { variable: 'Username', ...dots }],
  resolved_path_invalid: [400, { side: 'source', ...dots }],
  path_outside_bounds: [403, atSource],
  source_and_destination_overlap: [400, {}],
  file_list_empty: [400, {}],
  file_path_invalid: [400, { path: '../x', ...dots }],
  file_path_repeated: [400, { path: 'x' }],
  symlink_not_allowed: [403, { path: 'x', side: 'source' }],
  file_below_symlink: [400, { path: 'x' }],
};

describe('a refusal', () => {
  for (const [reason, [status, data]] of Object.entries(samples)) {
    it(`for ${reason} is ${status}, with a sentence`, () => {
      const answer = answerTo(refusalOf(reason, data));
      assert.equal(answer.status, status);
      assert.ok(answer.message.length > 10, answer.message);
      assert.doesNotMatch(answer.message, /undefined/);
    });
  }

  it('for a destination says no more of the other dataset than the caller may know', () => {
    const refused = { kind: 'refused', reason: 'destination_used', usedBy } as const;
    const shown = answerTo({ ...refused, isShown: true });
    assert.match(shown.message, /files of the dataset the-pid are in the destination folder/);
    assert.equal(shown.details, 'dataset the-pid, job job-1, folder /received/x at ARCHIVE');
    const hidden = answerTo({ ...refused, isShown: false });
    assert.equal(hidden.details, undefined);
    assert.doesNotMatch(JSON.stringify(hidden), /the-pid|job-1|received|ARCHIVE|alice|p1/);
  });

  it('for a job that is not known is 400 to the old client, which knows no 404', () => {
    const answer = answerTo({ kind: 'refused', reason: 'transfer_not_found', id: 'x', isOldCall: true });
    assert.equal(answer.status, 400);
  });
});

function refusalOf(reason: string, data: object): Refusal {
  return parseRefusal({ kind: 'refused', reason, ...data });
}

function parseRefusal(value: object): Refusal {
  return value as Refusal;
}
