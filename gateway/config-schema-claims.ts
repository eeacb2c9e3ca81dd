// `claims:` of a provider in the gateway's file: where each part of an identity stands, and what its groups are called here.
import { z } from 'zod';
import { describe } from './config-schema-values.ts';
import { addressKinds } from './identity/verified-addresses.ts';

const claimPath = z.string().min(1);
const claimPaths = z.union([claimPath, z.array(claimPath).min(1)]);

/** What one kind of provider has by default; `undefined`: it has no such claim. */
type Defaults = {
  readonly username: string;
  readonly groups: string;
  readonly roles: string | undefined;
  readonly email: string;
  readonly name: string;
};

export const claimsSchema = (defaults: Defaults) =>
  z.strictObject({
    username: describe(
      claimPath.default(defaults.username),
      'the user name; `email` and `phone_number` count only where the provider has verified them',
    ),
    groups: describe(claimPaths.default(defaults.groups), 'one claim, or a list of claims: all their groups'),
    roles: describe(
      defaults.roles === undefined ? claimPaths.optional() : claimPaths.default(defaults.roles),
      'as groups',
    ),
    email: describe(claimPath.default(defaults.email), 'left out where the provider has not verified it'),
    name: describe(claimPath.default(defaults.name), 'the name for people'),
    separator: describe(
      z.string().min(1).max(8).optional(),
      'splits one string into several groups or roles, such as `,` or a space; without: a string is one group',
    ),
    groupNames: describe(
      z
        .array(
          z.strictObject({
            pattern: describe(
              z.string().min(1),
              '`urn:mace:egi.eu:group:{vo}:role={role}`: `{vo}` stands for text without a colon, `{group...}` for one or more parts between colons; the authority of a URN (`#…`) is ignored',
            ),
            name: describe(z.string().min(1), 'the group here: `{vo}-{role}`'),
          }),
        )
        .min(1)
        .optional(),
      'gives groups other names: the first pattern that matches decides',
    ),
    unmappedGroups: describe(
      z.enum(['keep', 'drop']).optional(),
      'what becomes of groups that match no pattern of `groupNames`; default: `keep`',
    ),
  });

export type ClaimsEntry = z.output<ReturnType<typeof claimsSchema>>;

export const vouchesFor = describe(
  z.array(z.enum(addressKinds)).min(1).optional(),
  'the provider makes sure that each e-mail address (`email`) or telephone number (`phone_number`) is its own user\u2019s, also where `email_verified` or `phone_number_verified` does not say so; without: an address that is not marked as verified is nobody\u2019s user name',
);
