// The body of a submit, held against the published schema: a field that is missing, unknown or of another type is refused.
import { z } from 'zod';
import { readJson } from '../http/exchange.ts';
import { badRequest, TransferRefusal } from './refusals.ts';

const path = z.string().min(1);

const transferItem = z.strictObject({
  DATA_TYPE: z.literal('transfer_item'),
  source_path: path,
  destination_path: path,
  recursive: z.boolean().nullish(),
  external_checksum: z.string().nullish(),
  checksum_algorithm: z.string().nullish(),
});

/** The two paths only. */
const symlinkItem = z.strictObject({
  DATA_TYPE: z.literal('transfer_symlink_item'),
  source_path: path,
  destination_path: path,
});

const submission = z.strictObject({
  DATA_TYPE: z.literal('transfer'),
  submission_id: z.uuid(),
  source_endpoint: z.uuid(),
  destination_endpoint: z.uuid(),
  DATA: z.array(z.discriminatedUnion('DATA_TYPE', [transferItem, symlinkItem])),
  label: z
    .string()
    .max(128)
    .regex(/^(?!\s)[^\r\n]*(?<!\s)$/)
    .nullish(),
  sync_level: z.int().min(0).max(3).nullish(),
  verify_checksum: z.boolean().nullish(),
  preserve_timestamp: z.boolean().nullish(),
  encrypt_data: z.boolean().nullish(),
  deadline: z.string().nullish(),
  skip_source_errors: z.boolean().nullish(),
  fail_on_quota_errors: z.boolean().nullish(),
  delete_destination_extra: z.boolean().nullish(),
  recursive_symlinks: z.enum(['ignore', 'keep', 'copy']).nullish(),
  notify_on_succeeded: z.boolean().nullish(),
  notify_on_failed: z.boolean().nullish(),
  notify_on_inactive: z.boolean().nullish(),
  source_local_user: z.string().nullish(),
  destination_local_user: z.string().nullish(),
  store_base_path_info: z.boolean().nullish(),
  filter_rules: z.array(z.looseObject({ DATA_TYPE: z.literal('filter_rule') })).nullish(),
});

export type Submission = z.output<typeof submission>;
export type SubmittedItem = Submission['DATA'][number];

/** @throws TransferRefusal 400 */
export function parseSubmission(body: string): Submission {
  const value = readJson(body);
  if (value === undefined) throw badRequest('Request body is not valid JSON');
  const parsed = submission.safeParse(value);
  if (!parsed.success) throw badRequest(complaint(parsed.error));
  if (parsed.data.DATA.length === 0) {
    throw new TransferRefusal(
      400,
      'ClientError.BadRequest.NoTransferItems',
      'A transfer requires at least one item',
    );
  }
  return parsed.data;
}

function complaint(error: z.ZodError): string {
  const issue = error.issues[0];
  return `Invalid document: ${issue?.path.join('.') ?? ''} ${issue?.message ?? ''}`;
}
