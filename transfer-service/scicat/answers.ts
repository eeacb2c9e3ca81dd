// What SciCat answers, as far as it is used. Lenient about everything else: versions differ.
import { z } from 'zod';

export const loginAnswer = z.object({
  access_token: z.string().min(1),
  expires_in: z.number().positive().default(300),
});

const lifecycle = z.object({
  archivable: z.boolean().nullish(),
  retrievable: z.boolean().nullish(),
  archiveStatusMessage: z.string().nullish(),
});

export type Lifecycle = z.output<typeof lifecycle>;

export const datasetAnswer = z.object({
  pid: z.string().min(1),
  ownerGroup: z.string().min(1),
  sourceFolder: z.string().nullish(),
  size: z.number().nullish(),
  numberOfFiles: z.number().nullish(),
  contactEmail: z.string().nullish().catch(undefined),
});

/** Of a dataset that was marked: its lifecycle, or the whole of it. */
export const lifecycleAnswer = lifecycle.extend({ datasetlifecycle: lifecycle.nullish().catch(undefined) });

export const listedEntry = z.object({
  path: z.string().min(1),
  size: z.number().nonnegative(),
  perm: z.unknown().optional(),
});

export const jobAnswer = z.object({ id: z.string().min(1) });

export const jobsAnswer = z.array(
  jobAnswer.extend({ jobParams: z.object({ beamgateTransferId: z.unknown().optional() }).nullish() }),
);

/** A refusal has one of two shapes: `message` is a text, or a list of them from the validation of the body. */
export const refusalAnswer = z.object({ message: z.union([z.string(), z.array(z.string())]) });
