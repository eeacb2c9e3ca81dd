// Reads a dataset on the way of a transfer, when a fault in SciCat's document of it is waited out like an outage.
import { Unavailable } from '../../platform/unavailable.ts';
import type { Dataset } from '../types.ts';
import type { EngineContext } from './context.ts';

/**
 * @returns `undefined` where SciCat has no such dataset.
 * @throws Unavailable on an outage, and for a dataset that cannot be used until somebody mends it.
 */
export async function fetchUsableDataset(
  { scicat, signal }: Pick<EngineContext, 'scicat' | 'signal'>,
  pid: string,
): Promise<Dataset | undefined> {
  const dataset = await scicat.fetchDataset(pid, signal);
  if (dataset === undefined || !('problem' in dataset)) return dataset;
  const message = `the dataset ${pid} cannot be used: ${dataset.problem}`;
  throw new Unavailable({ dependency: 'scicat', reason: 'bad_answer', message });
}
