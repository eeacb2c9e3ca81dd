// The bodies that create and update a job, held against the backend's classes: what they lack, and what they may not have.
import { isRecord } from '../http/exchange.ts';
import type { NewJob } from './job-create.ts';

export type JobUpdate = {
  readonly statusCode: string;
  readonly statusMessage: string;
  readonly jobResultObject?: Readonly<Record<string, unknown>>;
};

type Refused = { readonly kind: 'refused'; readonly complaints: readonly string[] };
type Body = Readonly<Record<string, unknown>>;

export function readNewJob(body: Body): Refused | { readonly kind: 'read'; readonly job: NewJob } {
  const { type, jobParams } = body;
  const optional = { ...text(body, 'ownerUser'), ...text(body, 'ownerGroup'), ...text(body, 'contactEmail') };
  const known = ['type', 'jobParams', 'ownerUser', 'ownerGroup', 'contactEmail'];
  const complaints = [
    ...unknownKeys(body, known),
    ...notText(body, ['type'], 'required'),
    ...notText(body, ['ownerUser', 'ownerGroup'], 'optional'),
    ...(isRecord(jobParams) ? [] : ['jobParams must be an object']),
    ...(isEmail(body.contactEmail) ? [] : ['contactEmail must be an email']),
  ];
  if (complaints.length > 0 || typeof type !== 'string' || !isRecord(jobParams)) {
    return { kind: 'refused', complaints };
  }
  return { kind: 'read', job: { type, jobParams, ...optional } };
}

export function readJobUpdate(body: Body): Refused | { readonly kind: 'read'; readonly change: JobUpdate } {
  const { statusCode, statusMessage, jobResultObject } = body;
  const isResult = jobResultObject === undefined || isRecord(jobResultObject);
  const complaints = [
    ...unknownKeys(body, ['statusCode', 'statusMessage', 'jobResultObject']),
    ...notText(body, ['statusCode', 'statusMessage'], 'required'),
    ...(isResult ? [] : ['jobResultObject must be an object']),
  ];
  if (complaints.length > 0 || typeof statusCode !== 'string' || typeof statusMessage !== 'string') {
    return { kind: 'refused', complaints };
  }
  const result = isRecord(jobResultObject) ? { jobResultObject } : {};
  return { kind: 'read', change: { statusCode, statusMessage, ...result } };
}

function unknownKeys(body: Body, known: readonly string[]): readonly string[] {
  return Object.keys(body)
    .filter((key) => !known.includes(key))
    .map((key) => `property ${key} should not exist`);
}

function notText(body: Body, keys: readonly string[], need: 'required' | 'optional'): readonly string[] {
  return keys
    .filter((key) => typeof body[key] !== 'string' && (need === 'required' || body[key] !== undefined))
    .map((key) => `${key} must be a string`);
}

function isEmail(value: unknown): boolean {
  return value === undefined || (typeof value === 'string' && /^[^@\s]+@[^@\s]+$/.test(value));
}

function text(body: Body, key: string): Readonly<Record<string, string>> {
  const value = body[key];
  return typeof value === 'string' ? { [key]: value } : {};
}
