// Cuts a JSON object with one very long list into texts that are small each, while it comes in: neither its whole text
// nor its parsed form is ever held. Pure.

/** Of a piece, unless a single entry is longer. */
const defaultLength = 32 * 1024;
/** Of one entry, and of all that stands beside the list: far more than a path and its flags need. */
const maxPartLength = 1024 * 1024;

const [quote, backslash, comma, colon, space] = [0x22, 0x5c, 0x2c, 0x3a, 0x20];
const [openBrace, closeBrace, openBracket, closeBracket] = [0x7b, 0x7d, 0x5b, 0x5d];

/** The text has a part that is longer than is read. */
export class PartTooLong extends Error {
  override readonly name = 'PartTooLong';
}

export class ListCutter {
  /** As it stands in the text, quotes included. An escaped spelling of it is not cut, and stays in the frame. */
  readonly #key: string;
  readonly #pieceLength: number;
  #depth = 0;
  #isInString = false;
  #isEscaped = false;
  /** The latest string of the object itself, up to the length of the key. */
  #string = '';
  #isInList = false;
  #isCut = false;
  /** In the list: what no piece has yet. */
  #rest = '';
  #frame: string[] = [];
  #frameLength = 0;

  constructor(key: string, pieceLength = defaultLength) {
    this.#key = JSON.stringify(key);
    this.#pieceLength = pieceLength;
  }

  /**
   * @returns the texts of lists with the entries that this part completes.
   * @throws PartTooLong
   */
  add(text: string): readonly string[] {
    const pieces: string[] = [];
    let from = 0;
    for (let at = 0; at < text.length; at += 1) {
      const code = text.charCodeAt(at);
      if (this.#isInString) this.#stepInString(code, text[at] ?? '');
      else if (code === quote) this.#openString();
      else if (code === openBrace || code === openBracket) {
        this.#depth += 1;
        if (code === openBrace || this.#depth !== 2 || this.#string !== this.#key) continue;
        this.#toFrame(text.slice(from, at + 1));
        [from, this.#isInList, this.#isCut] = [at + 1, true, false];
      } else if (code === closeBrace || code === closeBracket) {
        this.#depth -= 1;
        if (!this.#isInList || this.#depth !== 1) continue;
        pieces.push(...this.#piece(this.#rest + text.slice(from, at), !this.#isCut));
        [from, this.#isInList, this.#rest] = [at, false, ''];
      } else if (code === comma && this.#isInList && this.#depth === 2) {
        if (this.#rest.length + at - from < this.#pieceLength) continue;
        pieces.push(...this.#piece(this.#rest + text.slice(from, at), false));
        [from, this.#isCut, this.#rest] = [at + 1, true, ''];
      } else if (this.#depth === 1 && code !== colon && code > space) this.#string = '';
    }
    this.#keep(text.slice(from));
    return pieces;
  }

  /** @returns the object with its list empty; not JSON where the text is not, for another reason than a piece. */
  end(): string {
    return this.#frame.join('') + this.#rest;
  }

  #openString(): void {
    this.#isInString = true;
    if (this.#depth === 1) this.#string = '"';
  }

  #stepInString(code: number, character: string): void {
    if (this.#depth === 1 && this.#string.length <= this.#key.length) this.#string += character;
    if (this.#isEscaped) this.#isEscaped = false;
    else if (code === backslash) this.#isEscaped = true;
    else if (code === quote) this.#isInString = false;
  }

  /**
   * @param mayBeBlank the list has no other entry. Elsewhere a comma that no entry follows, or none precedes, is not JSON,
   * and the piece alone would not show it.
   */
  #piece(text: string, mayBeBlank: boolean): readonly string[] {
    if (mayBeBlank || !isBlank(text)) return [`[${text}]`];
    this.#toFrame(',');
    return [];
  }

  #keep(text: string): void {
    if (this.#isInList) this.#rest += text;
    else this.#toFrame(text);
    if (this.#rest.length > maxPartLength + this.#pieceLength) throw new PartTooLong();
  }

  #toFrame(text: string): void {
    // Some clients pad; between two values blanks say nothing.
    if (!this.#isInString && isBlank(text)) return;
    this.#frame.push(text);
    this.#frameLength += text.length;
    if (this.#frameLength > maxPartLength) throw new PartTooLong();
  }
}

function isBlank(text: string): boolean {
  return text.trim() === '';
}
