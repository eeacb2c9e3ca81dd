// The dataset that the backend makes of what it was sent: defaults, and the copies that newer versions keep.
import { type DatasetDocument, newId, newObjectId } from './store.ts';

export type DatasetParts = {
  readonly body: Readonly<Record<string, unknown>>;
  readonly username: string;
  readonly startedAt: string;
};

export function buildDataset({ body, username, startedAt }: DatasetParts): DatasetDocument {
  const pid = typeof body.pid === 'string' ? body.pid : `20.500.12345/${newId()}`;
  const now = new Date().toISOString();
  return {
    owner: body.owner,
    contactEmail: body.contactEmail,
    sourceFolder: body.sourceFolder,
    size: body.size ?? 0,
    packedSize: 0,
    numberOfFiles: body.numberOfFiles ?? 0,
    numberOfFilesArchived: 0,
    creationTime: isoTime(body.creationTime),
    keywords: [],
    datasetName: body.datasetName,
    classification: 'IN=medium,AV=low,CO=low',
    techniques: [],
    sharedWith: [],
    relationships: [],
    scientificMetadata: {},
    ...given(body, ['proposalId', 'sampleId', 'instrumentId', 'principalInvestigator']),
    type: body.type,
    version: '3',
    creationLocation: body.creationLocation,
    dataFormat: body.dataFormat,
    inputDatasets: [],
    usedSoftware: [],
    createdBy: username,
    updatedBy: username,
    createdAt: now,
    principalInvestigators: [body.principalInvestigator ?? null],
    proposalIds: [body.proposalId ?? null],
    sampleIds: [body.sampleId ?? null],
    instrumentIds: [body.instrumentId ?? null],
    __v: 0,
    pid,
    _id: pid,
    ownerGroup: String(body.ownerGroup),
    accessGroups: Array.isArray(body.accessGroups) ? body.accessGroups.map(String) : [],
    isPublished: body.isPublished === true,
    datasetlifecycle: newLifecycle(startedAt),
    updatedAt: now,
  };
}

function newLifecycle(startedAt: string): Record<string, unknown> {
  const midnight = `${startedAt.slice(0, 10)}T00:00:00.000Z`;
  return {
    archivable: true,
    retrievable: false,
    publishable: false,
    dateOfDiskPurging: startedAt,
    publishedOn: startedAt,
    isOnCentralDisk: true,
    archiveStatusMessage: 'datasetCreated',
    retrieveStatusMessage: '',
    retrieveIntegrityCheck: false,
    _id: newObjectId(),
    archiveRetentionTime: midnight,
    dateOfPublishing: midnight,
  };
}

/** As MongoDB gives a date back. */
export function isoTime(value: unknown): string {
  return new Date(typeof value === 'string' ? value : Date.now()).toISOString();
}

function given(
  body: Readonly<Record<string, unknown>>,
  fields: readonly string[],
): Readonly<Record<string, unknown>> {
  return Object.fromEntries(fields.filter((field) => field in body).map((field) => [field, body[field]]));
}
