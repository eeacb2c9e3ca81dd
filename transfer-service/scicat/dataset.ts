// Reads the document of a dataset as SciCat sends it: of the one that was asked for, and of no other.
import { type OutgoingAnswer, parseJson } from '../../platform/outgoing.ts';
import type { Dataset, UnusableDataset } from '../types.ts';
import { datasetAnswer, type Lifecycle, lifecycleAnswer } from './answers.ts';
import { isSuccess, outage, unreadable } from './refusals.ts';

/**
 * @returns what is wrong with the dataset, where SciCat's document of it says too little: asking again does not help.
 * @throws Unavailable for a response that is not SciCat's, or is another dataset. What is authorised has to be what was asked for.
 */
export function readDataset(pid: string, answer: OutgoingAnswer): Dataset | UnusableDataset {
  // SciCat sends an empty 200 where it has found nothing.
  if (isSuccess(answer) && answer.body.trim() === '')
    return { problem: 'SciCat sends an empty document for it' };
  const parsed = datasetAnswer.safeParse(documentOf(pid, answer));
  if (!parsed.success) return { problem: problemOf(parsed.error.issues[0]?.path ?? []) };
  const { ownerGroup, sourceFolder, size, numberOfFiles, contactEmail } = parsed.data;
  return {
    ...{ pid, ownerGroup },
    sourceFolder: sourceFolder ?? '',
    sizeBytes: size ?? 0,
    numberOfFiles: numberOfFiles ?? 0,
    contactEmail: contactEmail ?? undefined,
  };
}

/** @throws Unavailable as `readDataset`, for an empty response too. */
export function readLifecycle(pid: string, answer: OutgoingAnswer): Lifecycle | undefined {
  return lifecycleAnswer.safeParse(documentOf(pid, answer)).data?.datasetlifecycle ?? undefined;
}

function documentOf(pid: string, answer: OutgoingAnswer): Readonly<Record<string, unknown>> {
  if (!isSuccess(answer)) throw unreadable(answer);
  const document = parseJson(answer.body);
  if (isRecord(document) && document.pid === pid) return document;
  throw outage('bad_answer', 'scicat answered with something else than the dataset that was asked for');
}

function problemOf(path: readonly PropertyKey[]): string {
  const field = path.map(String).join('.');
  return field === 'ownerGroup'
    ? 'it has no ownerGroup in SciCat, so that nobody may move it'
    : `its ${field} in SciCat is not what it should be`;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
