// Datasets: created, read by those who may, marked archivable.
import { type Answer, isRecord, jsonAnswer, type Question } from '../http/exchange.ts';
import { type Params, param, type Route } from '../http/routes.ts';
import { type Backend, bodyRecord, isAdmin, isMember, readCaller, type ScicatCaller } from './backend.ts';
import { buildDataset } from './dataset-document.ts';
import { forbiddenResource, refusal, unauthorizedAccess } from './refusals.ts';
import type { DatasetDocument } from './store.ts';

export function datasetRoutes(
  backend: Backend,
  { hasLifecycle }: { readonly hasLifecycle: boolean },
): readonly Route[] {
  const routes: readonly Route[] = [
    { method: 'POST', path: '/api/v3/datasets', handle: (question) => createDataset(backend, question) },
    { method: 'GET', path: '/api/v3/datasets/:pid', handle: (...asked) => findDataset(backend, ...asked) },
    {
      method: 'PATCH',
      path: '/api/v3/datasets/:pid',
      handle: (...asked) => updateDataset(backend, ...asked),
    },
  ];
  const lifecycle: Route = {
    method: 'PATCH',
    path: '/api/v3/datasets/:pid/datasetlifecycle',
    handle: (...asked) => updateLifecycle(backend, ...asked),
  };
  return hasLifecycle ? [...routes, lifecycle] : routes;
}

/** Members of the owner group or the access groups, admins, and for what is published everybody. */
export function mayRead(backend: Backend, caller: ScicatCaller, dataset: DatasetDocument): boolean {
  const readers = [dataset.ownerGroup, ...dataset.accessGroups];
  return dataset.isPublished || isAdmin(backend, caller) || isMember(caller, readers);
}

async function createDataset(backend: Backend, question: Question): Promise<Answer> {
  const caller = await readCaller(backend, question);
  if (caller.kind === 'nobody') return forbiddenResource();
  const creators = [...backend.groups.createDataset, ...backend.groups.admin];
  if (!isMember(caller, creators)) return forbiddenResource();
  const body = bodyRecord(question);
  const complaints = ['ownerGroup', 'sourceFolder', 'contactEmail', 'creationTime', 'type', 'datasetName']
    .filter((field) => typeof body[field] !== 'string')
    .map((field) => `${field} must be a string`);
  if (complaints.length > 0) return refusal(400, complaints);
  const dataset = buildDataset({ body, username: caller.username, startedAt: backend.startedAt });
  backend.store.datasets.set(dataset.pid, dataset);
  return jsonAnswer(201, dataset);
}

async function findDataset(backend: Backend, question: Question, params: Params): Promise<Answer> {
  const pid = param(params, 'pid');
  const caller = await readCaller(backend, question);
  const dataset = backend.store.datasets.get(pid);
  if (dataset === undefined) return refusal(404, `dataset: ${pid} not found`);
  if (!mayRead(backend, caller, dataset)) return unauthorizedAccess();
  return jsonAnswer(200, readDocument(dataset));
}

/** What only appears when a dataset is read, not when it is created. */
export function readDocument(dataset: DatasetDocument): Readonly<Record<string, unknown>> {
  return { sampleId: null, instrumentId: null, history: [], ...dataset };
}

async function updateDataset(backend: Backend, question: Question, params: Params): Promise<Answer> {
  const pid = param(params, 'pid');
  const caller = await readCaller(backend, question);
  if (caller.kind === 'nobody') return forbiddenResource();
  const dataset = backend.store.datasets.get(pid);
  if (dataset === undefined) return refusal(404, `dataset: ${pid} not found`);
  if (!isAdmin(backend, caller) && !isMember(caller, [dataset.ownerGroup])) return unauthorizedAccess();
  const { datasetlifecycle, ...fields } = bodyRecord(question);
  Object.assign(dataset, fields, { pid, updatedBy: caller.username, updatedAt: new Date().toISOString() });
  if (isRecord(datasetlifecycle)) Object.assign(dataset.datasetlifecycle, datasetlifecycle);
  return jsonAnswer(200, readDocument(dataset));
}

async function updateLifecycle(backend: Backend, question: Question, params: Params): Promise<Answer> {
  const pid = param(params, 'pid');
  const caller = await readCaller(backend, question);
  if (!isAdmin(backend, caller)) return forbiddenResource();
  const dataset = backend.store.datasets.get(pid);
  if (dataset === undefined) return refusal(404, `dataset with pid ${pid} not found`);
  const change = bodyRecord(question);
  const extra = Object.keys(change).filter(
    (field) => !(field in dataset.datasetlifecycle) || field === '_id',
  );
  if (extra.length > 0)
    return refusal(
      400,
      extra.map((field) => `property ${field} should not exist`),
    );
  Object.assign(dataset.datasetlifecycle, change);
  dataset.updatedAt = new Date().toISOString();
  return jsonAnswer(200, dataset.datasetlifecycle);
}
