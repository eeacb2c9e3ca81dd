// What Globus answers, as far as it is used. Lenient about everything else: fields come and go.
import { z } from 'zod';

const grant = z.object({
  access_token: z.string().min(1),
  expires_in: z.number().positive(),
  resource_server: z.string(),
});

export const tokenAnswer = grant.extend({ other_tokens: z.array(grant).default([]) });

export const submissionIdAnswer = z.object({ value: z.string().min(1) });

export const submitAnswer = z.object({ code: z.string(), task_id: z.string().min(1) });

export const cancelAnswer = z.object({ code: z.string() });

/** Parts of Globus differ in where they name the scopes that are missing. */
const scopeFields = {
  required_scopes: z.array(z.string()).optional().catch(undefined),
  required_scope: z.string().min(1).optional().catch(undefined),
};

export const errorAnswer = z.object({
  code: z.string().min(1),
  message: z.string().default(''),
  ...scopeFields,
  authorization_parameters: z.object(scopeFields).optional().catch(undefined),
});

const count = z.number().nullish();

/** The fields of a task to ask for: exactly those that are read below. */
export const taskFields =
  'task_id,status,nice_status,is_paused,fatal_error,faults,files,files_transferred,files_skipped,bytes_transferred,label,request_time,history_deleted';

export const taskAnswer = z.object({
  task_id: z.string().min(1),
  status: z.enum(['ACTIVE', 'INACTIVE', 'SUCCEEDED', 'FAILED']),
  nice_status: z.string().nullish(),
  is_paused: z.boolean().nullish(),
  fatal_error: z.object({ code: z.string(), description: z.string().default('') }).nullish(),
  faults: count,
  files: count,
  files_transferred: count,
  files_skipped: count,
  bytes_transferred: count,
  label: z.string().nullish(),
  request_time: z.string().nullish(),
  history_deleted: z.boolean().nullish(),
});

export type TaskAnswer = z.output<typeof taskAnswer>;

export const taskListAnswer = z.object({
  total: z.number().int().nonnegative(),
  DATA: z.array(taskAnswer),
});

/** Of every open task: one that cannot be read says nothing about the others. */
export const openTasksAnswer = taskListAnswer.extend({
  DATA: z.array(taskAnswer.optional().catch(undefined)),
});

const eventAnswer = z.object({
  code: z.string().default(''),
  description: z.string().nullish().transform(orEmpty),
  details: z.string().nullish().transform(orEmpty),
});

export type EventAnswer = z.output<typeof eventAnswer>;

export const eventListAnswer = z.object({ DATA: z.array(eventAnswer) });

const pauseMessage = z.string().nullish();

export const pauseInfoAnswer = z.object({
  source_pause_message: pauseMessage,
  destination_pause_message: pauseMessage,
  source_pause_message_share: pauseMessage,
  destination_pause_message_share: pauseMessage,
  pause_rules: z.array(z.object({ message: pauseMessage, endpoint_id: z.string().nullish() })).default([]),
});

export type PauseInfoAnswer = z.output<typeof pauseInfoAnswer>;

function orEmpty(text: string | null | undefined): string {
  return text ?? '';
}
