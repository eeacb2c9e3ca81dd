// The generated client as a process: one call a line, and what it decoded.
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { z } from 'zod';
import { findPart, goClient } from './find.ts';

export type GoCall = {
  readonly method: 'post' | 'delete' | 'version';
  readonly baseUrl: string;
  readonly host?: string;
  readonly token?: string;
  readonly jobId?: string;
  readonly delete?: boolean;
  readonly params?: Readonly<Record<string, string | boolean>>;
  readonly files?: readonly { readonly path: string; readonly isSymlink: boolean }[];
};

const decoded = z.object({
  /** 0: no response, or one that the client could not decode. */
  status: z.number(),
  jobId: z.string().nullable(),
  version: z.string().nullable(),
  message: z.string().nullable(),
  details: z.string().nullable(),
  error: z.string(),
});

export type Decoded = z.output<typeof decoded>;

export type GoClient = { call(asked: GoCall): Promise<Decoded>; stop(): void };

/** Calls are answered one after the other. */
export function startGoClient(): GoClient {
  const child = spawn(findPart(goClient) ?? '', [], { stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  let turn: Promise<unknown> = Promise.resolve();
  const call = async (asked: GoCall): Promise<Decoded> => {
    child.stdin.write(`${JSON.stringify(asked)}\n`);
    const line = await lines.next();
    return decoded.parse(JSON.parse(String(line.value)));
  };
  return {
    call: (asked) => {
      const answer = turn.then(() => call(asked));
      turn = answer.catch(() => undefined);
      return answer;
    },
    stop: () => void child.kill(),
  };
}
