// SciCat's blocks `[{..., "dataFileList": [{...}, ...]}, ...]` as they come in, cut into the texts of files: what is
// kept is one file at most, however long the answer is. It judges the shape, the files' content is its reader's.

/** Of a text that is well-formed so far: the same would come the next time. */
export class UnusableList extends Error {
  override readonly name = 'UnusableList';
}

/** @throws SyntaxError where the text is no such list, or ends before it is whole; UnusableList where it is a wrong one. */
export class ListScanner {
  readonly #key: Buffer;
  readonly #maxElementBytes: number;
  /** Of the containers that are open: 1 the blocks, 2 a block, 3 a value of it, 4 a file. */
  #depth = 0;
  #isOver = false;
  #isInString = false;
  #isEscaped = false;
  #lastString: number[] = [];
  #isInList = false;
  #hasList = false;
  /** The beginning of a file whose rest is still to come. */
  #kept: Buffer[] = [];
  #keptBytes = 0;

  constructor({ key, maxElementBytes }: { readonly key: string; readonly maxElementBytes: number }) {
    this.#key = Buffer.from(key);
    this.#maxElementBytes = maxElementBytes;
  }

  /** The files that this part of the text completes: each text is a list of them, as one was cut out with its neighbours. */
  take(part: Buffer): readonly string[] {
    const lists: string[] = [];
    let start = this.#isInElement() ? 0 : -1;
    let [from, to] = [start, -1];
    for (let at = 0; at < part.length; at += 1) {
      const wasIn = this.#isInElement();
      this.#step(part[at] ?? 0);
      const isIn = this.#isInElement();
      if (isIn && !wasIn) {
        start = at;
        if (from < 0) from = at;
      }
      if (wasIn && !isIn) {
        this.#bound(at + 1 - start);
        this.#keptBytes = 0;
        to = at + 1;
      }
      // Between two lists is text that belongs to no file.
      if (to >= 0 && (!this.#isInList || at === part.length - 1)) {
        lists.push(this.#cut(part.subarray(from, to)));
        from = isIn ? start : -1;
        to = -1;
      }
    }
    if (this.#isInElement()) this.#keep(part.subarray(start));
    return lists;
  }

  end(): void {
    if (!this.#isOver) throw new SyntaxError('the list is cut short');
  }

  #isInElement(): boolean {
    return this.#isInList && this.#depth >= 4;
  }

  #step(byte: number): void {
    if (this.#isInString) this.#stepInString(byte);
    else if (byte === openBrace || byte === openBracket) this.#open(byte);
    else if (byte === closeBrace || byte === closeBracket) this.#close();
    else if (this.#isBetween() && !isSeparator(byte)) throw misplaced();
    else if (byte === quote) {
      this.#isInString = true;
      this.#lastString = [];
    }
  }

  #stepInString(byte: number): void {
    if (this.#isEscaped) this.#isEscaped = false;
    else if (byte === backslash) this.#isEscaped = true;
    else if (byte === quote) this.#isInString = false;
    // Only a key of a block is of interest, and only one as long as ours can be it.
    if (this.#isInString && this.#depth === 2 && this.#lastString.length <= this.#key.length)
      this.#lastString.push(byte);
  }

  /** Where nothing but containers may stand: among the blocks, and among the files. */
  #isBetween(): boolean {
    return this.#depth < 2 || (this.#isInList && this.#depth === 3);
  }

  #open(byte: number): void {
    const expected = this.#depth === 0 ? openBracket : openBrace;
    if (this.#isOver || (this.#isBetween() && byte !== expected)) throw misplaced();
    this.#depth += 1;
    if (this.#depth === 2) this.#hasList = false;
    if (this.#depth !== 3 || byte !== openBracket || !this.#key.equals(Buffer.from(this.#lastString))) return;
    this.#isInList = true;
    this.#hasList = true;
  }

  #close(): void {
    if (this.#depth === 0) throw misplaced();
    this.#depth -= 1;
    if (this.#depth === 2) this.#isInList = false;
    if (this.#depth === 1 && !this.#hasList) throw new UnusableList('a block of it has no list of files');
    if (this.#depth === 0) this.#isOver = true;
  }

  #keep(part: Buffer): void {
    this.#bound(part.length);
    this.#keptBytes += part.length;
    // The network's buffer may be used again.
    this.#kept.push(Buffer.from(part));
  }

  #bound(moreBytes: number): void {
    if (this.#keptBytes + moreBytes > this.#maxElementBytes)
      throw new UnusableList(`one of its entries is longer than ${this.#maxElementBytes} bytes`);
  }

  #cut(rest: Buffer): string {
    const text =
      this.#kept.length === 0 ? rest.toString('utf8') : Buffer.concat([...this.#kept, rest]).toString('utf8');
    this.#kept = [];
    return `[${text}]`;
  }
}

const [quote, backslash, comma] = [0x22, 0x5c, 0x2c];
const [openBrace, closeBrace, openBracket, closeBracket] = [0x7b, 0x7d, 0x5b, 0x5d];

function isSeparator(byte: number): boolean {
  return byte === comma || byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
}

function misplaced(): SyntaxError {
  return new SyntaxError('the list is no list of blocks with files');
}
