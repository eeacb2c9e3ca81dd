// Every refusal of a submit says what is wrong, at which facility, and who can mend it how.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { refusalText, unknownScopesText } from '../../../transfer-service/engine/refusal-text.ts';
import { authorised } from './stage.ts';

const refusal = (code: string, message: string, scopes?: readonly string[]) => ({
  ...{ kind: 'refused' as const, code, message },
  ...(scopes === undefined ? {} : { scopes }),
});

const between = { ...authorised, sourceCollection: '1111-AAAA', destinationCollection: '2222-bbbb' };
const scope =
  'urn:globus:auth:scope:transfer.api.globus.org:all[*https://auth.globus.org/scopes/2222-bbbb/data_access]';

const cases: readonly (readonly [ReturnType<typeof refusal>, RegExp])[] = [
  [
    refusal('ConsentRequired', 'Missing required data_access consent', [scope]),
    /no consent for the destination ARCHIVE: urn:.*2222-bbbb\/data_access\] is missing .*of this service can add it .*`scopes`/,
  ],
  [
    refusal('ConsentRequired', 'x'),
    /for the source LAB or the destination ARCHIVE: a scope that Globus does not name/,
  ],
  [
    refusal('EndpointNotFound', "No such endpoint '1111-aaaa'"),
    /no collection 1111-AAAA for the source LAB .*administrators of this service can correct .*`collection`/,
  ],
  [
    refusal('AuthPolicyFailed', 'Failing collection authentication policy'),
    /of the source LAB or the destination ARCHIVE has an authentication policy .*owners, .*can except the service account/,
  ],
  [
    refusal('PermissionDenied', "Permission denied on endpoint '2222-bbbb'"),
    /may not use the collection of the destination ARCHIVE .*administrators of ARCHIVE, can grant/,
  ],
  [refusal('EndpointPermissionDenied', 'no'), /may not use the collection/],
  [
    refusal('ClientError.BadRequest', 'Invalid document'),
    /Invalid document\. Ask the administrators of LAB and ARCHIVE/,
  ],
];

describe('a refused submit', () => {
  for (const [refused, expected] of cases) {
    it(`as ${refused.code} (${refused.message}) says what to do`, () => {
      const said = refusalText(refused, between);
      assert.match(said, expected);
      assert.match(
        said,
        new RegExp(`^Globus refused the transfer: .*${refused.code}.*[Tt]hen retry the transfer$`),
      );
    });
  }

  it('is told apart from a scope that Globus Auth does not know: that is waited for', () => {
    const said = unknownScopesText([scope], between);
    assert.match(
      said,
      /^waits for globus, which knows no such scope for the destination ARCHIVE: urn:.*misconfigured/,
    );
  });
});
