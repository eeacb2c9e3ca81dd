// What tests and the demo see of the SciCat simulator. This file holds types only.
import type { SimulatorServer } from '../http/server.ts';

export type ScicatUser = {
  readonly username: string;
  /** Undefined: nobody can log in as this one here (an OIDC user); `tokenFor` still works. */
  readonly password?: string;
  readonly email: string;
  readonly groups: readonly string[];
  readonly origin?:
    | { readonly kind: 'local' }
    | { readonly kind: 'ldap' }
    | { readonly kind: 'oidc'; readonly issuer: string; readonly subject: string };
};

/** An entry of a file list: a folder and a link are entries too. */
export type ScicatFile = {
  readonly path: string;
  readonly size: number;
  readonly time?: string;
  readonly chk?: string;
  readonly uid?: string;
  readonly gid?: string;
  readonly perm?: string;
};

export type ScicatDataset = {
  /** Default: a new one below 20.500.12345. */
  readonly pid?: string;
  readonly ownerGroup: string;
  readonly accessGroups?: readonly string[];
  readonly owner?: string;
  readonly contactEmail?: string;
  readonly sourceFolder: string;
  readonly isPublished?: boolean;
  /** Default true, as the backend's own; a client whose files are still to come says false. */
  readonly isArchivable?: boolean;
  readonly files: readonly ScicatFile[];
};

export type ScicatJob = {
  readonly id: string;
  readonly type: string;
  readonly ownerUser: string | undefined;
  readonly ownerGroup: string | undefined;
  readonly contactEmail: string;
  readonly createdBy: string;
  readonly statusCode: string;
  readonly statusMessage: string;
  readonly jobParams: Readonly<Record<string, unknown>>;
  readonly jobResultObject: Readonly<Record<string, unknown>>;
};

/** The backend's group settings: ADMIN_GROUPS, DELETE_JOB_GROUPS, and so on. */
export type ScicatGroups = {
  readonly admin: readonly string[];
  readonly deleteJob: readonly string[];
  readonly createDataset: readonly string[];
};

export type ScicatOptions = {
  /** Default 0: a free one. */
  readonly port?: number;
  /** Default 127.0.0.1. */
  readonly host?: string;
  /** Default: a random one. */
  readonly jwtSecret?: string;
  /** Default 3600. */
  readonly tokenLifetimeSeconds?: number;
  /** Before 4.17.1 there are no v4 jobs, before 4.19.0 no lifecycle endpoint. Default 4.27.0. */
  readonly version?: `${number}.${number}.${number}`;
  /** As some versions do: `limit` counts from the start of the list, before `skip`. Default false. */
  readonly limitsBeforeSkip?: boolean;
  /** Default: the users of the recordings. */
  readonly users?: readonly ScicatUser[];
  readonly groups?: Partial<ScicatGroups>;
  readonly datasets?: readonly ScicatDataset[];
};

export type ScicatDatabase =
  | { readonly kind: 'up' }
  /** Whatever needs the database fails only after this long; the real backend takes some 30,000 ms. */
  | { readonly kind: 'down'; readonly answersAfterMs: number };

export type ScicatSimulator = SimulatorServer & {
  readonly jwtSecret: string;
  addUser(user: ScicatUser): void;
  /** Takes effect at the next request. */
  setGroups(username: string, groups: readonly string[]): void;
  /** @returns its pid. */
  addDataset(dataset: ScicatDataset): string;
  changeDataset(pid: string, change: { readonly ownerGroup?: string; readonly sourceFolder?: string }): void;
  removeDataset(pid: string): void;
  /** The whole document as the backend would answer it; undefined where there is none. */
  dataset(pid: string): Readonly<Record<string, unknown>> | undefined;
  isArchivable(pid: string): boolean;
  /** Oldest first. */
  jobs(): readonly ScicatJob[];
  job(id: string): ScicatJob | undefined;
  /** As somebody else might: from one moment to the next it is gone. */
  removeJob(id: string): void;
  /** As if they had been written this much earlier. */
  ageJobs(byMs: number): void;
  /** A token as logging in gives it. `expiresInSeconds` may be negative; `null` leaves `exp` out. */
  tokenFor(
    username: string,
    options?: { readonly expiresInSeconds?: number | null; readonly algorithm?: 'HS256' | 'HS512' },
  ): Promise<string>;
  /** Any payload, well signed. */
  signToken(payload: Readonly<Record<string, unknown>>): Promise<string>;
  setDatabase(database: ScicatDatabase): void;
};
