// Whether a dataset is still what was authorised: this owner's, in this folder. Anything else is another transfer. Pure.
import type { Dataset } from '../types.ts';
import type { Authorised } from './types.ts';

/** What of it has changed, in words; `undefined`: nothing that matters. */
export function changeOf(
  dataset: Pick<Dataset, 'ownerGroup' | 'sourceFolder'>,
  { ownerGroup, datasetFolder }: Pick<Authorised, 'ownerGroup' | 'datasetFolder'>,
): string | undefined {
  if (dataset.ownerGroup !== ownerGroup) return 'its ownerGroup';
  return dataset.sourceFolder === datasetFolder ? undefined : 'its folder';
}
