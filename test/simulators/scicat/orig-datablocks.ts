// The files of a dataset, in blocks.
import { type Answer, isRecord, jsonAnswer, type Question } from '../http/exchange.ts';
import { type Params, param, type Route } from '../http/routes.ts';
import { type Backend, bodyRecord, isAdmin, isMember, readCaller } from './backend.ts';
import { isoTime } from './dataset-document.ts';
import { mayRead } from './datasets.ts';
import { forbiddenResource, refusal, unauthorizedAccess } from './refusals.ts';
import { type BlockDocument, newId, newObjectId } from './store.ts';

export function origDatablockRoutes(backend: Backend): readonly Route[] {
  return [
    { method: 'POST', path: '/api/v3/origdatablocks', handle: (question) => createBlock(backend, question) },
    {
      method: 'GET',
      path: '/api/v3/datasets/:pid/origdatablocks',
      handle: (...asked) => findBlocks(backend, ...asked),
    },
  ];
}

async function createBlock(backend: Backend, question: Question): Promise<Answer> {
  const caller = await readCaller(backend, question);
  const creators = [...backend.groups.createDataset, ...backend.groups.admin];
  if (caller.kind === 'nobody' || !isMember(caller, creators)) return forbiddenResource();
  const body = bodyRecord(question);
  const datasetId = String(body.datasetId);
  const dataset = backend.store.datasets.get(datasetId);
  if (dataset === undefined) return refusal(400, `dataset: ${datasetId} not found`);
  const block = buildBlock({ body, datasetId, username: caller.username });
  if (block === undefined) return refusal(400, ['dataFileList must be an array']);
  addBlock(backend, block);
  dataset.updatedAt = new Date().toISOString();
  return jsonAnswer(201, block);
}

async function findBlocks(backend: Backend, question: Question, params: Params): Promise<Answer> {
  const pid = param(params, 'pid');
  const caller = await readCaller(backend, question);
  const dataset = backend.store.datasets.get(pid);
  if (dataset === undefined) return refusal(404, `dataset: ${pid} not found`);
  if (!isAdmin(backend, caller) && !mayRead(backend, caller, dataset)) return unauthorizedAccess();
  return jsonAnswer(200, backend.store.blocks.get(pid) ?? []);
}

export function addBlock(backend: Pick<Backend, 'store'>, block: BlockDocument): void {
  const blocks = backend.store.blocks.get(block.datasetId) ?? [];
  backend.store.blocks.set(block.datasetId, [...blocks, block]);
}

export type BlockParts = {
  readonly body: Readonly<Record<string, unknown>>;
  readonly datasetId: string;
  readonly username: string;
};

export function buildBlock({ body, datasetId, username }: BlockParts): BlockDocument | undefined {
  if (!Array.isArray(body.dataFileList)) return undefined;
  const now = new Date().toISOString();
  const id = newId();
  return {
    createdBy: username,
    updatedBy: username,
    ownerGroup: body.ownerGroup,
    accessGroups: body.accessGroups ?? [],
    isPublished: false,
    datasetId,
    size: body.size ?? 0,
    chkAlg: body.chkAlg,
    dataFileList: body.dataFileList.filter(isRecord).map(buildFile),
    _id: id,
    createdAt: now,
    updatedAt: now,
    __v: 0,
    id,
  };
}

function buildFile(file: Readonly<Record<string, unknown>>): { readonly path: string } {
  const id = newObjectId();
  return { ...file, path: String(file.path), ...{ time: isoTime(file.time), _id: id, id } };
}
