/** Longest object that is read; a longer one is no row of ours. */
const MAX_OBJECT_LENGTH = 1_000_000;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN = 0x7b;
const CLOSE = 0x7d;
const LINE_FEED = 0x0a;
const BYTE_ORDER_MARK = 0xfeff;
const OPEN_ARRAY = 0x5b;
const CLOSE_ARRAY = 0x5d;
/** What may stand between objects beside the array's brackets: blanks, commas. */
const BETWEEN = new Set([0x20, 0x09, 0x0d, LINE_FEED, 0x2c]);

/** The text of an object, and the line, from 1, on which it begins. */
export interface JsonObject {
  readonly text: string;
  readonly line: number;
}

/**
 * Cuts a JSON array of objects, or objects one a line (NDJSON), that comes in pieces into its objects. Only one
 * object is held. RangeError for one that is too long, or that never ends; SyntaxError for anything else between them.
 */
export class JsonObjects {
  #text = "";
  #at = 0;
  #start = -1;
  #depth = 0;
  /** Arrays around the objects that have no end yet. */
  #arrays = 0;
  #quoted = false;
  #line = 1;
  #startLine = 1;

  /** The objects that a piece completes. */
  push(piece: string): JsonObject[] {
    this.#text += piece;
    const text = this.#text;
    const objects: JsonObject[] = [];
    let at = this.#at;
    for (; at < text.length; at++) {
      const character = text.charCodeAt(at);
      if (character === LINE_FEED) this.#line += 1;
      if (this.#quoted) {
        if (character === BACKSLASH) at += 1;
        else if (character === QUOTE) this.#quoted = false;
      } else if (character === OPEN) {
        if (this.#depth++ === 0) {
          this.#start = at;
          this.#startLine = this.#line;
        }
      } else if (this.#depth === 0) {
        this.#between(character);
      } else if (character === QUOTE) {
        this.#quoted = true;
      } else if (character === CLOSE && --this.#depth === 0) {
        objects.push({ text: text.slice(this.#start, at + 1), line: this.#startLine });
        this.#start = -1;
      }
    }
    const keep = this.#start < 0 ? text.length : this.#start;
    this.#text = text.slice(keep);
    // A backslash at the end of a piece escapes the first character of the next.
    this.#at = at - keep;
    if (this.#start >= 0) this.#start = 0;
    if (this.#text.length > MAX_OBJECT_LENGTH)
      throw new RangeError(
        `the object that begins on line ${this.#startLine} is longer than a million characters`,
      );
    return objects;
  }

  /** To be called at the end of the text. */
  end(): void {
    if (this.#depth > 0)
      throw new RangeError(`the object that begins on line ${this.#startLine} has no end: the file is cut`);
    if (this.#arrays > 0)
      throw new RangeError(`the array of rows has no end (line ${this.#line}): the file is cut`);
  }

  #between(character: number): void {
    if (character === OPEN_ARRAY) {
      this.#arrays += 1;
      return;
    }
    if (character === CLOSE_ARRAY && this.#arrays > 0) {
      this.#arrays -= 1;
      return;
    }
    if (BETWEEN.has(character) || (character === BYTE_ORDER_MARK && this.#line === 1)) return;
    throw new SyntaxError(
      `line ${this.#line}: found ${JSON.stringify(String.fromCharCode(character))} where a row should begin: wanted an array of objects, or one object a line`,
    );
  }
}
