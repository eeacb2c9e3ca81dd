// The limits that Globus sets one account: https://docs.globus.org/api/transfer/task_behavior and its FAQ. This file imports nothing.

/** Transfer tasks that it works on at a time; the others wait in its own queue, first come, first served. */
export const workingTasks = 3;

/** Tasks that may be open at a time, about; it refuses more with 409 TooManyPendingJobs. */
export const openTasks = 100;
