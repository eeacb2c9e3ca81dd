// The latest refusals of this process, by the short code that the refused one is told and can read out over a phone.
// Why it was refused is put into words when somebody asks, from what was decided then.
import { randomBytes } from 'node:crypto';
import { ownCopy } from './own-copy.ts';

/** What is kept of a refusal: no secret, for it stays in memory. */
export type Account = {
  /** One text a line, for the admin. */
  readonly explain: () => readonly string[];
  /** About how many characters stay in memory for it: whoever is refused chooses how many there are to keep. */
  readonly characters: number;
};

export type RefusalBook = {
  /** @returns the code, such as `K7WX-2MPQ`. */
  enter(reason: string, account: Account): string;
  /** @param code as somebody has heard it: case, hyphen and letters that sound or look like another do not matter. */
  find(code: string): readonly string[] | undefined;
};

export type RefusalBookOptions = {
  /** So many of each reason: a flood of one does not push the others out. */
  readonly perReason?: number;
  /** Of all together: beyond it those go of which there is most. */
  readonly maxCharacters?: number;
  readonly now?: () => number;
};

/** Of one line, as it is kept. */
const maxLineLength = 3000;

/** What is in words already, bounded, and with nothing of the texts that it was cut out of. */
export function inWords(lines: readonly string[]): Account {
  const kept = lines.map((line) =>
    ownCopy(line.length <= maxLineLength ? line : `${line.slice(0, maxLineLength)}…`),
  );
  return { explain: () => kept, characters: kept.reduce((sum, { length }) => sum + length, 0) };
}

/** Neither vowels, which would make words, nor what is easily taken for another: B and 8, I and 1, O and 0, S and 5, Z and 2. */
const letters = 'CDFGHJKMNPQRTVWXY23456789';
const heardAs: Readonly<Record<string, string>> = { B: '8', S: '5', Z: '2' };

type Entry = { readonly atMs: number; readonly account: Account };

/** Of one reason: its codes, the oldest first, and what they take. */
type Shelf = { readonly codes: string[]; characters: number };

/** What an entry takes besides its texts. */
const entryCharacters = 1000;

export function createRefusalBook({
  perReason = 500,
  maxCharacters = 16_777_216,
  now = Date.now,
}: RefusalBookOptions = {}): RefusalBook {
  const entries = new Map<string, Entry>();
  const shelves = new Map<string, Shelf>();
  let characters = 0;
  const grow = (shelf: Shelf, by: number): void => {
    shelf.characters += by;
    characters += by;
  };
  // In larger steps: to take the first of a list moves all the others.
  const dropOldest = (shelf: Shelf, count: number): void => {
    for (const code of shelf.codes.splice(0, count)) {
      grow(shelf, -sizeOf(entries.get(code)));
      entries.delete(code);
    }
  };
  return {
    enter: (reason, account) => {
      const code = makeCode();
      const entry = { atMs: now(), account };
      entries.set(code, entry);
      const shelf = shelves.get(reason) ?? { codes: [], characters: 0 };
      shelves.set(reason, shelf);
      shelf.codes.push(code);
      grow(shelf, sizeOf(entry));
      if (shelf.codes.length >= 2 * perReason) dropOldest(shelf, perReason);
      while (characters > maxCharacters) {
        const largest = largestOf(shelves) ?? shelf;
        dropOldest(largest, Math.ceil(largest.codes.length / 2));
      }
      return code;
    },
    find: (heard) => {
      const code = readCode(heard);
      const entry = code === undefined ? undefined : entries.get(code);
      if (code === undefined || entry === undefined) return undefined;
      return [`${code}, refused at ${new Date(entry.atMs).toISOString()}`, ...entry.account.explain()];
    },
  };
}

function sizeOf(entry: Entry | undefined): number {
  return entry === undefined ? 0 : entryCharacters + entry.account.characters;
}

function largestOf(shelves: ReadonlyMap<string, Shelf>): Shelf | undefined {
  let largest: Shelf | undefined;
  for (const shelf of shelves.values())
    if (largest === undefined || shelf.characters > largest.characters) largest = shelf;
  return largest;
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
