import { ownText } from "../own-text.ts";

/** Longest record that is read; a longer one is no table of ours. */
const MAX_RECORD_LENGTH = 1_000_000;

/**
 * Records of a CSV text (RFC 4180) that comes in pieces: fields may be quoted, with line ends and doubled quotes
 * inside. A byte order mark and empty lines are passed over. Lines end as the first one does: by LF, CRLF, or CR alone
 * (what a spreadsheet calls the CSV of the Macintosh).
 */
export class CsvReader {
  readonly #delimiter: string;
  #text = "";
  #first = true;
  #lineEnd: "\n" | "\r" | undefined;
  #cut = false;
  /** Line, from 1, on which the kept text begins. */
  #line = 1;
  #lines: number[] = [];

  constructor(delimiter: string) {
    this.#delimiter = delimiter;
  }

  /** Lines, from 1, on which the records of the last answer begin. */
  get lines(): readonly number[] {
    return this.#lines;
  }

  /** After the end of the text: true where its last record ends inside quotes. */
  get isCut(): boolean {
    return this.#cut;
  }

  /** The records that a piece completes. RangeError for a record longer than a million characters. */
  push(piece: string): string[][] {
    this.#text += this.#first && piece.startsWith("\ufeff") ? piece.slice(1) : piece;
    this.#first &&= piece === "";
    return this.#take(false);
  }

  /** The record that the end of the text completes, if there is one. */
  end(): string[][] {
    return this.#take(true);
  }

  #take(atEnd: boolean): string[][] {
    const records: string[][] = [];
    const text = this.#text;
    let start = 0;
    let line = this.#line;
    this.#lines = [];
    this.#lineEnd ??= lineEndOf(text, atEnd);
    const lineEnd = this.#lineEnd;
    // A record ends at the first line end with an even number of quotes before it.
    let quoted = false;
    let quote = text.indexOf('"');
    const next = (from: number): number => (lineEnd === undefined ? -1 : text.indexOf(lineEnd, from));
    for (let end = next(0); end >= 0; end = next(end + 1)) {
      for (; quote >= 0 && quote < end; quote = text.indexOf('"', quote + 1)) quoted = !quoted;
      line += 1;
      if (quoted) continue;
      // Cells are pieces of this: whoever keeps one keeps a line, not all that was read with it.
      this.#add(records, ownText(text.slice(start, end)));
      this.#line = line;
      start = end + 1;
    }
    this.#text = text.slice(start);
    if (this.#text.length > MAX_RECORD_LENGTH)
      throw new RangeError("a record is longer than a million characters");
    if (atEnd) {
      this.#cut = this.#text.split('"').length % 2 === 0;
      this.#add(records, this.#text);
      this.#text = "";
    }
    return records;
  }

  #add(records: string[][], line: string): void {
    const record = line.endsWith("\r") ? line.slice(0, -1) : line;
    if (record === "") return;
    records.push(fieldsOf(record, this.#delimiter));
    this.#lines.push(this.#line);
  }
}

/** By what the first line of a text ends; undefined where that is not seen yet. Quoted line ends are none. */
function lineEndOf(text: string, atEnd: boolean): "\n" | "\r" | undefined {
  let quoted = false;
  for (let at = 0; at < text.length; at++) {
    const character = text[at];
    if (character === '"') quoted = !quoted;
    if (quoted || (character !== "\n" && character !== "\r")) continue;
    if (character === "\n") return "\n";
    if (at + 1 < text.length) return text[at + 1] === "\n" ? "\n" : "\r";
    return atEnd ? "\r" : undefined;
  }
  return undefined;
}

function fieldsOf(record: string, delimiter: string): string[] {
  if (!record.includes('"')) return record.split(delimiter);
  const fields: string[] = [];
  let at = 0;
  while (at <= record.length) {
    let field = "";
    if (record[at] === '"') {
      const start = ++at;
      while (at < record.length && !(record[at] === '"' && record[at + 1] !== '"'))
        at += record[at] === '"' ? 2 : 1;
      field = record.slice(start, at).replaceAll('""', '"');
      at++;
    }
    const next = record.indexOf(delimiter, at);
    const end = next < 0 ? record.length : next;
    fields.push(field === "" ? record.slice(at, end) : field + record.slice(at, end));
    at = end + 1;
  }
  return fields;
}
