// The latest refusals of this process, by the short code that the refused one is told and can read out over a phone.
// Why it was refused is put into words when somebody asks, from what was decided then.
import { randomBytes } from 'node:crypto';

/** One text a line, for the admin. */
export type Explain = () => readonly string[];

export type RefusalBook = {
  /** @param explain holds no secret: it stays in memory. @returns the code, such as `K7WX-2MPQ`. */
  enter(reason: string, explain: Explain): string;
  /** @param code as somebody has heard it: case, hyphen and letters that sound or look like another do not matter. */
  find(code: string): readonly string[] | undefined;
};

export type RefusalBookOptions = {
  /** So many of each reason: a flood of one does not push the others out. */
  readonly perReason?: number;
  readonly now?: () => number;
};

/** Neither vowels, which would make words, nor what is easily taken for another: B and 8, I and 1, O and 0, S and 5, Z and 2. */
const letters = 'CDFGHJKMNPQRTVWXY23456789';
const heardAs: Readonly<Record<string, string>> = { B: '8', S: '5', Z: '2' };

export function createRefusalBook({ perReason = 500, now = Date.now }: RefusalBookOptions = {}): RefusalBook {
  const entries = new Map<string, { readonly atMs: number; readonly explain: Explain }>();
  const codesOf = new Map<string, string[]>();
  return {
    enter: (reason, explain) => {
      const code = makeCode();
      entries.set(code, { atMs: now(), explain });
      const codes = codesOf.get(reason) ?? [];
      codesOf.set(reason, codes);
      codes.push(code);
      // In larger steps: to take the first of a list moves all the others.
      if (codes.length >= 2 * perReason) for (const old of codes.splice(0, perReason)) entries.delete(old);
      return code;
    },
    find: (heard) => {
      const code = readCode(heard);
      const entry = code === undefined ? undefined : entries.get(code);
      if (code === undefined || entry === undefined) return undefined;
      return [`${code}, refused at ${new Date(entry.atMs).toISOString()}`, ...entry.explain()];
    },
  };
}

/** @returns the code as it was told, or `undefined` for what is none. */
export function readCode(heard: string): string | undefined {
  const plain = heard
    .toUpperCase()
    .replace(/[\s-]/g, '')
    .replace(/[BSZ]/g, (letter) => heardAs[letter] ?? letter);
  const isCode = plain.length === 8 && [...plain].every((letter) => letters.includes(letter));
  return isCode ? `${plain.slice(0, 4)}-${plain.slice(4)}` : undefined;
}

function makeCode(): string {
  if (nextAt === unused.length) [unused, nextAt] = [randomBytes(4096), 0];
  let code = '';
  for (let at = 0; at < 8; at++) {
    if (at === 4) code += '-';
    code += letters[(unused[nextAt++] ?? 0) % letters.length];
  }
  return code;
}

/** By the page: who floods the gateway with what it refuses chooses how often some are needed. */
let [unused, nextAt] = [randomBytes(4096), 0];
