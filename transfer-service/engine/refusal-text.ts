// Why Globus refuses a submit, in a sentence: what is wrong, at which facility, and who can mend it how. Pure.
import type { PermanentRefusal, Side } from '../types.ts';
import { type Between, bothNames, bothPlaces, facilityAt, placeAt } from './trouble-text.ts';
import type { Authorised } from './types.ts';

export type BetweenCollections = Between & Pick<Authorised, 'sourceCollection' | 'destinationCollection'>;

export function refusalText(refusal: PermanentRefusal, between: BetweenCollections): string {
  const side = sideNamed([refusal.message, ...(refusal.scopes ?? [])].join(' '), between);
  const words: Words = {
    place: side === undefined ? bothPlaces(between) : placeAt(side, between),
    admins: `the administrators of ${side === undefined ? bothNames(between) : facilityAt(side, between)}`,
    collection: side === undefined ? undefined : collectionAt(side, between),
  };
  const what = (cases.get(refusal.code) ?? other)(refusal, words);
  return `Globus refused the transfer: ${what}. Then retry the transfer`;
}

/** What a transfer waits for whose scopes Globus Auth does not know. */
export function unknownScopesText(scopes: readonly string[], between: BetweenCollections): string {
  const side = sideNamed(scopes.join(' '), between);
  const place = side === undefined ? bothPlaces(between) : placeAt(side, between);
  return `waits for globus, which knows no such scope for ${place}: ${scopes.join(' ')} (misconfigured). The administrators of this service can correct that facility's \`scopes\` or \`collection\`; it goes on by itself`;
}

/** The end of the transfer whose collection a text names; undefined: neither, or both. */
export function sideNamed(text: string, between: BetweenCollections): Side | undefined {
  const named = (['source', 'destination'] as const).filter((side) =>
    text.toLowerCase().includes(collectionAt(side, between).toLowerCase()),
  );
  return named.length === 1 ? named[0] : undefined;
}

function collectionAt(
  side: Side,
  { sourceCollection, destinationCollection }: Pick<Authorised, 'sourceCollection' | 'destinationCollection'>,
): string {
  return side === 'source' ? sourceCollection : destinationCollection;
}

type Words = {
  readonly place: string;
  readonly admins: string;
  readonly collection: string | undefined;
};

type Case = (refusal: PermanentRefusal, words: Words) => string;

const consent: Case = (refusal, { place }) => {
  const { scopes = [] } = refusal;
  const missing = scopes.length === 0 ? 'a scope that Globus does not name' : scopes.join(' ');
  return `the service account has no consent for ${place}: ${missing} is missing (${said(refusal)}). The administrators of this service can add it to that facility's \`scopes\``;
};

const unknown: Case = (refusal, { place, collection = 'with one of the ids in the file' }) =>
  `there is no collection ${collection} for ${place} (${said(refusal)}). The administrators of this service can correct that facility's \`collection\``;

const policy: Case = (refusal, { place, admins }) =>
  `the collection of ${place} has an authentication policy that the service account does not meet (${said(refusal)}). Its owners, or ${admins}, can except the service account from it`;

const permission: Case = (refusal, { place, admins }) =>
  `the service account may not use the collection of ${place} (${said(refusal)}). Its owners, or ${admins}, can grant it a role or a permission there`;

const other: Case = (refusal, { admins }) =>
  `${said(refusal)}. Ask ${admins} whether the service account may use both collections and folders`;

function said({ code, message }: PermanentRefusal): string {
  return message === '' ? code : `${code}: ${message}`;
}

const cases: ReadonlyMap<string, Case> = new Map([
  ['ConsentRequired', consent],
  ['EndpointNotFound', unknown],
  ['EndpointDeleted', unknown],
  ['AuthPolicyFailed', policy],
  ['PermissionDenied', permission],
  ['EndpointPermissionDenied', permission],
  ['ClientError.PermissionDenied', permission],
]);
