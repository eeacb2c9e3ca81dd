// Loaded before a command (`node --import`): it ends as by kill -9 at one statement of its database, which
// BEAMGATE_TEST_KILL names: { "sql": how the statement begins, "nth": which of these, "moment": "before" or "after" }.
import { StatementSync } from 'node:sqlite';
import { z } from 'zod';

const { sql, nth, moment } = z
  .object({ sql: z.string(), nth: z.number(), moment: z.enum(['before', 'after']) })
  .parse(JSON.parse(process.env.BEAMGATE_TEST_KILL ?? ''));
let count = 0;

StatementSync.prototype.run = new Proxy(StatementSync.prototype.run, {
  apply(run, statement: StatementSync, parameters) {
    const isMeant = statement.sourceSQL.startsWith(sql);
    if (isMeant) count += 1;
    const isNow = isMeant && count === nth;
    if (isNow && moment === 'before') process.kill(process.pid, 'SIGKILL');
    const result = Reflect.apply(run, statement, parameters);
    if (isNow && moment === 'after') process.kill(process.pid, 'SIGKILL');
    return result;
  },
});
