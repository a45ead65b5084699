/** A row of separated values. */
export interface SeparatedRow {
  /** Line that the row begins on, from 1. */
  readonly line: number;
  /** The first cells, `MOST_CELLS` at most. */
  readonly cells: readonly string[];
  /** How many cells there are. */
  readonly columns: number;
  /** A cell has more than `LONGEST_CELL` characters, and only these are in it. */
  readonly isCut: boolean;
}

const MOST_CELLS = 16;
export const LONGEST_CELL = 65_536;

/** Rows of separated values (RFC 4180), empty lines left out. Takes one row's memory, whatever the text. */
export function* separatedRows(text: string, separator: "," | "\t"): Generator<SeparatedRow, void> {
  const special = separator === "," ? /[",\r\n]/g : /["\t\r\n]/g;
  let line = 1;
  let at = 0;
  let row = new RowDraft(line);
  while (at < text.length) {
    if (row.isQuoted) {
      const quote = text.indexOf('"', at);
      const end = quote < 0 ? text.length : quote;
      line += lineEnds(text, at, end);
      row.take(text, at, end);
      at = end + 1;
      if (quote < 0) break;
      if (text[at] === '"') row.take(text, at, ++at);
      else row.isQuoted = false;
      continue;
    }
    special.lastIndex = at;
    const end = special.exec(text)?.index ?? text.length;
    row.take(text, at, end);
    at = end + 1;
    const character = text[end];
    if (character === '"') {
      if (row.isBlank) row.beginQuoted();
      else row.take(text, end, at);
    } else if (character === separator) row.endCell();
    else if (character === "\n" || (character === "\r" && text[at] !== "\n")) {
      row.endCell();
      if (row.columns > 1 || !row.wasBlank) yield row;
      line += 1;
      row = new RowDraft(line);
    }
  }
  if (!row.isEmpty) {
    row.endCell();
    if (row.columns > 1 || !row.wasBlank) yield row;
  }
}

/** A row while its cells are being put together. */
class RowDraft implements SeparatedRow {
  readonly line: number;
  readonly cells: string[] = [];
  columns = 0;
  isCut = false;
  /** Between a cell's quotes, where separators and line ends are text. */
  isQuoted = false;
  /** Nothing but blanks stands in the cell so far. */
  isBlank = true;
  /** The same of the cell before. */
  wasBlank = true;
  #cell = "";

  constructor(line: number) {
    this.line = line;
  }

  get isEmpty(): boolean {
    return this.columns === 0 && this.#cell === "";
  }

  take(text: string, from: number, to: number): void {
    if (from >= to) return;
    const room = LONGEST_CELL - this.#cell.length;
    if (to - from > room) this.isCut = true;
    const part = text.slice(from, Math.min(to, from + room));
    if (this.isBlank && part.trim() !== "") this.isBlank = false;
    this.#cell += part;
  }

  beginQuoted(): void {
    this.#cell = "";
    this.isQuoted = true;
  }

  endCell(): void {
    if (this.cells.length < MOST_CELLS) this.cells.push(this.#cell);
    this.columns += 1;
    this.wasBlank = this.isBlank;
    this.isBlank = true;
    this.#cell = "";
  }
}

function lineEnds(text: string, from: number, to: number): number {
  let count = 0;
  // Not by indexOf, which looks beyond the end.
  for (let at = from; at < to; at++) if (text.charCodeAt(at) === 10) count += 1;
  return count;
}
