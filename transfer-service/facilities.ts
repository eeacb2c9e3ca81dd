// Who may move what between which facilities. Source and destination are judged by one function, each with its own
// rule: a copy would one day apply the one's rule to the other. Pure.
import type { Caller, Dataset, Facility, Side } from './types.ts';

/** A realm is mapped where its user and group names are SciCat's; elsewhere an equal name may be another person's. */
type RealmRefusal = { readonly kind: 'refused'; readonly reason: 'realm_not_mapped'; readonly realm: string };

export type FacilityRefusal =
  | RealmRefusal
  | {
      readonly kind: 'refused';
      /**
       * `facility_not_allowed`: none of the caller's values at the facility's accessPath is its accessValue.
       * `wrong_direction`: the facility's direction does not let it be this side of a transfer.
       */
      readonly reason: 'unknown_facility' | 'facility_not_allowed' | 'wrong_direction';
      readonly side: Side;
      readonly facility: string;
    };

export type FacilityDecision =
  | { readonly kind: 'allowed'; readonly source: Facility; readonly destination: Facility }
  | FacilityRefusal;

export type FacilityQuestion = {
  readonly caller: Caller;
  readonly sourceFacility: string;
  readonly destinationFacility: string;
  readonly facilities: ReadonlyMap<string, Facility>;
  /** Realms whose user and group names are SciCat's. */
  readonly realms: ReadonlySet<string>;
};

/** May this caller move anything between these two? Needs no dataset, so it comes before SciCat is asked for one. */
export function authorizeFacilities(question: FacilityQuestion): FacilityDecision {
  const { caller, realms } = question;
  if (!realms.has(caller.realm)) return { kind: 'refused', reason: 'realm_not_mapped', realm: caller.realm };
  const source = authorizeSide('source', question);
  if (source.kind === 'refused') return source;
  const destination = authorizeSide('destination', question);
  if (destination.kind === 'refused') return destination;
  return { kind: 'allowed', source: source.facility, destination: destination.facility };
}

export type DatasetRefusal =
  | RealmRefusal
  | { readonly kind: 'refused'; readonly reason: 'dataset_not_allowed'; readonly pid: string };

/** Is the caller a member of the group that owns the dataset? That it may read it is not enough. */
export function authorizeDataset(question: {
  readonly caller: Caller;
  readonly dataset: Pick<Dataset, 'pid' | 'ownerGroup'>;
  readonly realms: ReadonlySet<string>;
}): { readonly kind: 'allowed' } | DatasetRefusal {
  const { caller, dataset, realms } = question;
  if (!realms.has(caller.realm)) return { kind: 'refused', reason: 'realm_not_mapped', realm: caller.realm };
  if (caller.groups.includes(dataset.ownerGroup)) return { kind: 'allowed' };
  return { kind: 'refused', reason: 'dataset_not_allowed', pid: dataset.pid };
}

/** Whose transfers a caller sees and may cancel: their own, and those of `groups`. */
export type Visibility = { readonly subject: string; readonly groups: readonly string[] };

/** A caller of a realm that is not SciCat's has no groups here, but keeps what they own. */
export function visibilityOf(caller: Caller, realms: ReadonlySet<string>): Visibility {
  return { subject: caller.subject, groups: realms.has(caller.realm) ? caller.groups : [] };
}

export type ManageDecision =
  | { readonly kind: 'allowed' }
  | { readonly kind: 'refused'; readonly reason: 'transfer_not_allowed' };

/** May this caller see, cancel or delete the transfer? Its owner may, and so may its ownerGroup. */
export function authorizeManaging(
  transfer: { readonly ownerSubject: string; readonly ownerGroup: string },
  { subject, groups }: Visibility,
): ManageDecision {
  if (transfer.ownerSubject === subject || groups.includes(transfer.ownerGroup)) return { kind: 'allowed' };
  return { kind: 'refused', reason: 'transfer_not_allowed' };
}

function authorizeSide(
  side: Side,
  question: FacilityQuestion,
): { readonly kind: 'allowed'; readonly facility: Facility } | FacilityRefusal {
  const name = { source: question.sourceFacility, destination: question.destinationFacility }[side];
  const facility = question.facilities.get(name);
  if (facility === undefined) return { kind: 'refused', reason: 'unknown_facility', side, facility: name };
  if (!mayUse(question.caller, facility)) {
    return { kind: 'refused', reason: 'facility_not_allowed', side, facility: name };
  }
  if (facility.direction !== 'BOTH' && facility.direction !== directionOf[side]) {
    return { kind: 'refused', reason: 'wrong_direction', side, facility: name };
  }
  return { kind: 'allowed', facility };
}

const directionOf = { source: 'SRC', destination: 'DST' } as const;

function mayUse(caller: Caller, { access }: Facility): boolean {
  return access.kind === 'everyone' || valuesAt(access.path, caller).includes(access.value);
}

/** Where the SciCat Globus Proxy looked in SciCat's identity; the gateway carries it as the caller's groups. */
const groupsPath = 'profile.accessGroups';

function valuesAt(path: string, caller: Caller): readonly string[] {
  if (path === groupsPath) return caller.groups;
  return Object.hasOwn(caller.attributes, path) ? (caller.attributes[path] ?? []) : [];
}
