// Loaded before a command (`node --import`): it ends as by kill -9 at one statement of its database, which
// BEAMGATE_TEST_KILL names: { "sql": what it begins with, as a regular expression, "nth": which of these, "moment":
// "before" or "after" }.
import { DatabaseSync, StatementSync } from 'node:sqlite';
import { z } from 'zod';

const { sql, nth, moment } = z
  .object({ sql: z.string(), nth: z.number(), moment: z.enum(['before', 'after']) })
  .parse(JSON.parse(process.env.BEAMGATE_TEST_KILL ?? ''));
const meant = new RegExp(`^(?:${sql})`);
let count = 0;

StatementSync.prototype.run = new Proxy(StatementSync.prototype.run, {
  apply: (run, statement: StatementSync, parameters) =>
    around(statement.sourceSQL, () => Reflect.apply(run, statement, parameters)),
});

DatabaseSync.prototype.exec = new Proxy(DatabaseSync.prototype.exec, {
  apply: (exec, database: DatabaseSync, [text]) =>
    around(String(text), () => Reflect.apply(exec, database, [text])),
});

function around<Result>(text: string, work: () => Result): Result {
  if (!meant.test(text)) return work();
  count += 1;
  if (count === nth && moment === 'before') process.kill(process.pid, 'SIGKILL');
  const result = work();
  if (count === nth && moment === 'after') process.kill(process.pid, 'SIGKILL');
  return result;
}
