/** Longest record that is read; a longer one is no table of ours. */
const MAX_RECORD_LENGTH = 1_000_000;

/**
 * Records of a CSV text (RFC 4180) that comes in pieces: fields may be quoted, with line ends and doubled quotes
 * inside. A byte order mark and empty lines are passed over.
 */
export class CsvReader {
  readonly #delimiter: string;
  #text = "";
  #first = true;
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
    // A record ends at the first line feed with an even number of quotes before it.
    let quoted = false;
    let quote = text.indexOf('"');
    for (let end = text.indexOf("\n"); end >= 0; end = text.indexOf("\n", end + 1)) {
      for (; quote >= 0 && quote < end; quote = text.indexOf('"', quote + 1)) quoted = !quoted;
      line += 1;
      if (quoted) continue;
      this.#add(records, text.slice(start, end));
      this.#line = line;
      start = end + 1;
    }
    this.#text = text.slice(start);
    if (this.#text.length > MAX_RECORD_LENGTH)
      throw new RangeError("a record is longer than a million characters");
    if (atEnd) {
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
