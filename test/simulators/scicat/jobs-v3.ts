// Jobs, version 3, by which archive jobs are still made: the same jobs under older names.
import { type Answer, isRecord, jsonAnswer, type Question } from '../http/exchange.ts';
import type { Route } from '../http/routes.ts';
import { type Backend, bodyRecord, readCaller } from './backend.ts';
import { createJob } from './job-create.ts';
import { forbiddenResource, refusal } from './refusals.ts';
import type { JobDocument } from './store.ts';

export function jobV3Routes(backend: Backend): readonly Route[] {
  return [{ method: 'POST', path: '/api/v3/jobs', handle: (question) => postJob(backend, question) }];
}

async function postJob(backend: Backend, question: Question): Promise<Answer> {
  const caller = await readCaller(backend, question);
  if (caller.kind === 'nobody') return forbiddenResource();
  const body = bodyRecord(question);
  const { type, jobParams, datasetList, executionTime } = body;
  if (typeof type !== 'string') return refusal(400, ['type must be a string']);
  const params = isRecord(jobParams) ? jobParams : {};
  const created = createJob(backend, caller, {
    type,
    jobParams: {
      ...(datasetList === undefined ? {} : { datasetList }),
      ...params,
      ...(executionTime === undefined ? {} : { executionTime }),
    },
    ...text('ownerUser', params.username),
    ...text('ownerGroup', params.ownerGroup),
    ...text('contactEmail', body.emailJobInitiator),
    ...text('statusCode', body.jobStatusMessage),
    ...text('statusMessage', body.jobStatusMessage),
  });
  return created.kind === 'refused' ? created.answer : jsonAnswer(201, inVersion3(created.job));
}

function inVersion3(job: JobDocument): unknown {
  const { datasetList, executionTime, ...jobParams } = job.jobParams;
  return {
    _id: job._id,
    id: job.id,
    emailJobInitiator: job.contactEmail,
    type: job.type,
    creationTime: job.createdAt,
    ...(executionTime === undefined ? {} : { executionTime }),
    jobParams,
    jobStatusMessage: job.statusCode,
    datasetList,
    jobResultObject: job.jobResultObject,
  };
}

function text(key: string, value: unknown): Readonly<Record<string, string>> {
  return typeof value === 'string' ? { [key]: value } : {};
}
