// What the simulated backend holds, in memory: users, datasets, their files, jobs.
import { randomBytes, randomUUID } from 'node:crypto';
import type { ScicatUser } from './types.ts';

export type StoredUser = {
  readonly id: string;
  readonly identityId: string;
  readonly profileId: string;
  readonly createdAt: string;
  readonly user: ScicatUser;
  groups: readonly string[];
};

export type DatasetDocument = Record<string, unknown> & {
  readonly pid: string;
  readonly _id: string;
  ownerGroup: string;
  accessGroups: readonly string[];
  isPublished: boolean;
  datasetlifecycle: Record<string, unknown>;
  updatedAt: string;
};

export type BlockDocument = Record<string, unknown> & {
  readonly datasetId: string;
  readonly dataFileList: readonly { readonly path: string }[];
};

export type JobDocument = {
  createdBy: string;
  updatedBy: string;
  createdAt: string;
  updatedAt: string;
  ownerGroup?: string;
  accessGroups: readonly string[];
  isPublished: boolean;
  _id: string;
  id: string;
  ownerUser?: string;
  type: string;
  statusCode: string;
  statusMessage: string;
  jobParams: Record<string, unknown>;
  contactEmail: string;
  configVersion: string;
  jobResultObject: Record<string, unknown>;
  __v: number;
};

export type Store = {
  readonly users: Map<string, StoredUser>;
  readonly datasets: Map<string, DatasetDocument>;
  readonly blocks: Map<string, BlockDocument[]>;
  /** In the order of their creation. */
  readonly jobs: Map<string, JobDocument>;
};

export function createStore(users: readonly ScicatUser[]): Store {
  const store: Store = { users: new Map(), datasets: new Map(), blocks: new Map(), jobs: new Map() };
  for (const user of users) addUser(store, user);
  return store;
}

export function addUser(store: Store, user: ScicatUser): void {
  const [id, identityId, profileId] = [newObjectId(), newObjectId(), newObjectId()];
  const createdAt = new Date().toISOString();
  store.users.set(user.username, { id, identityId, profileId, createdAt, user, groups: user.groups });
}

export function userById(store: Store, id: unknown): StoredUser | undefined {
  return store.users.values().find((user) => user.id === id);
}

/** A MongoDB object id: 24 hexadecimal digits. */
export function newObjectId(): string {
  return randomBytes(12).toString('hex');
}

export const newId = (): string => randomUUID();
