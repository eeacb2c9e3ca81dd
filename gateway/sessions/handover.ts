// Handover: a session that is known on the gateway's host gets an id on an app's host, by a code that is good once, for
// half a minute, on that host, and in the browser that asked for it (contracts/forward-auth.md, Cookies).
import type { Kysely } from 'kysely';
import { transact } from '../../platform/transact.ts';
import type { GatewayTables } from '../store/migrations.ts';
import { isRandomText } from './cookies.ts';
import { hashOf, makeRandomText } from './random.ts';
import { holdSession, insertId } from './store.ts';

export const codeLivesMs = 30_000;

/** For the requests that the browser has sent with the id before. */
const replacedIdLivesMs = 60_000;

export type Handover = {
  /** As `cookiePlace` has it. */
  readonly host: string;
  /** SHA-256 of the browser's nonce, base64url. */
  readonly nonceHash: string;
  readonly returnTo: string;
};

/** @returns the code; `undefined` where the session has ended. */
export function storeHandover(
  db: Kysely<GatewayTables>,
  sessionKey: string,
  { host, nonceHash, returnTo }: Handover,
  nowMs: number,
): Promise<string | undefined> {
  const code = makeRandomText();
  const store = async (transaction: Kysely<GatewayTables>) => {
    if (!(await holdSession(transaction, sessionKey))) return undefined;
    await transaction
      .insertInto('handover_codes')
      .values({
        code_hash: hashOf(code),
        session_key: sessionKey,
        host,
        nonce_hash: nonceHash,
        return_to: returnTo,
        expires_at_ms: nowMs + codeLivesMs,
      })
      .onConflict((conflict) => conflict.column('code_hash').doNothing())
      .execute();
    return code;
  };
  return transact(db, store, { isIdempotent: true });
}

/** @returns `undefined` for a code that is none, late, used, another host's or another browser's; it is used up anyway. */
export async function redeemHandover(
  db: Kysely<GatewayTables>,
  code: string,
  { host, nonce }: { readonly host: string; readonly nonce: string },
  nowMs: number,
): Promise<{ readonly id: string; readonly returnTo: string } | undefined> {
  if (!isRandomText(code) || !isRandomText(nonce)) return undefined;
  return transact(db, async (transaction) => {
    const codeHash = hashOf(code);
    const found = await transaction
      .selectFrom('handover_codes')
      .select('session_key')
      .where('code_hash', '=', codeHash)
      .executeTakeFirst();
    if (found === undefined || !(await holdSession(transaction, found.session_key))) return undefined;
    const row = await transaction
      .deleteFrom('handover_codes')
      .where('code_hash', '=', codeHash)
      .returningAll()
      .executeTakeFirst();
    if (row === undefined || row.expires_at_ms <= nowMs) return undefined;
    if (row.host !== host || row.nonce_hash !== hashOf(nonce)) return undefined;
    const id = makeRandomText();
    await transaction
      .deleteFrom('session_ids')
      .where('session_key', '=', row.session_key)
      .where('host', '=', host)
      .where('created_at_ms', '<', nowMs - replacedIdLivesMs)
      .execute();
    await insertId(transaction, { idHash: hashOf(id), sessionKey: row.session_key, host, nowMs });
    return { id, returnTo: row.return_to };
  });
}
