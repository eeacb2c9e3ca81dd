// The document of a dataset, as SciCat answers it: of the one that was asked for, and of no other.
import type { OutgoingAnswer } from '../../platform/outgoing.ts';
import { datasetAnswer } from './answers.ts';
import { outage, succeeded } from './refusals.ts';

/** @throws Unavailable: it is none, or that of another dataset. What is authorised has to be what was asked for. */
export function readDataset(pid: string, answer: OutgoingAnswer) {
  const dataset = succeeded(answer, datasetAnswer);
  if (dataset.pid !== pid)
    throw outage('bad_answer', 'scicat answered with another dataset than was asked for');
  return dataset;
}
