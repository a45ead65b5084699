import type { Instant } from "../classify/row.ts";
import { dayText, scalar, SECONDS_A_DAY } from "./cells.ts";
import { csvCell, csvRecord, decimal, type Delimiter } from "./csv-cells.ts";
import { RowReader } from "./row-reader.ts";
import type { CsvOptions, RowWriter } from "./writer.ts";

/**
 * Bytes that are asked for at once; records are written into them one behind the other. The first blocks are small, so
 * that the engine has seen one give way to the next when it compiles the program.
 */
const FIRST_BLOCK_BYTES = 1024;
const MOST_BLOCK_BYTES = 65_536;

/** Enough for a number, a time, a truth value or what goes around a text, and for delimiters and the record's end. */
const SHORT_CELL_BYTES = 64;

const TAB = 0x09;
const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;
const QUOTE = 0x22;
const COMMA = 0x2c;
const POINT = 0x2e;
const ZERO = 0x30;
const COLON = 0x3a;
const SEMICOLON = 0x3b;
const UPPER_T = 0x54;
const UPPER_Z = 0x5a;

/** Digits behind the point of numbers that are written here; with as many before it a number holds them exactly. */
const DIGITS = 6;
const SCALE = 10 ** DIGITS;
const MOST_SCALED = 10 ** 15;
/** 1 to 10^16, above all that is written by digits. */
const POWERS_OF_TEN = Float64Array.from({ length: 17 }, (_, exponent) => 10 ** exponent);

/** Writes what `csvWriter` writes, as UTF-8 and several times as fast: for reports of many rows. */
export function csvByteWriter<Row>(
  options: CsvOptions<Row>,
  delimiter: Delimiter = ",",
): RowWriter<Row, Uint8Array> {
  const records = new CsvRecords(options, delimiter);
  const names = options.columns.map((column) => column.name);
  const end = options.eol === "crlf" ? "\r\n" : "\n";
  return {
    begin: () => Buffer.from((options.bom ? "\ufeff" : "") + csvRecord(names, delimiter) + end),
    rows: (rows) => {
      for (const row of rows) records.add(row);
      return records.take();
    },
    end: () => Buffer.alloc(0),
  };
}

/** Records in blocks of bytes. Most cells say what the one above says, whose bytes are copied. */
class CsvRecords<Row> {
  readonly #options: CsvOptions<Row>;
  readonly #reader: RowReader<Row>;
  /** True for a column of times that are written here, digit by digit. */
  readonly #isTime: readonly boolean[];
  readonly #delimiter: Delimiter;
  /** Values of the record above, and where their bytes are in `#upper`; left of the cell being written: in `#bytes`. */
  readonly #above: unknown[];
  readonly #starts: Int32Array;
  readonly #ends: Int32Array;
  #blockBytes = FIRST_BLOCK_BYTES;
  #upper: Buffer = Buffer.alloc(0);
  #bytes: Buffer = Buffer.alloc(0);
  /** What was written and not taken yet. */
  #from = 0;
  #at = 0;

  constructor(options: CsvOptions<Row>, delimiter: Delimiter) {
    const { columns, time } = options;
    this.#options = options;
    this.#reader = new RowReader<Row>(columns.map((column) => column.name));
    this.#isTime = columns.map((column) => column.type === "time" && time === "iso");
    this.#delimiter = delimiter;
    this.#above = columns.map(() => undefined);
    this.#starts = new Int32Array(columns.length);
    this.#ends = new Int32Array(columns.length);
  }

  /** The records added since the last call. Their bytes are not written to again. */
  take(): Uint8Array {
    const taken = this.#bytes.subarray(this.#from, this.#at);
    this.#from = this.#at;
    return taken;
  }

  add(row: Row): void {
    const reader = this.#reader;
    const count = this.#above.length;
    reader.read(row);
    for (let i = 0; i < count; i++) {
      const value = reader.value(row, i);
      if (value === this.#above[i]) {
        const start = this.#starts[i] ?? 0;
        const length = (this.#ends[i] ?? 0) - start;
        this.#begin(i, length);
        this.#copy(start, length);
      } else {
        this.#above[i] = value;
        if (value !== undefined && this.#isTime[i] === true) {
          this.#begin(i, 0);
          this.#time(value as Instant);
        } else this.#scalar(i, value);
      }
      this.#ends[i] = this.#at;
    }
    this.#upper = this.#bytes;
    if (this.#options.eol === "crlf") this.#bytes[this.#at++] = CARRIAGE_RETURN;
    this.#bytes[this.#at++] = LINE_FEED;
  }

  /** Begins a cell of at most so many bytes and `SHORT_CELL_BYTES`. */
  #begin(column: number, length: number): void {
    if (this.#at + length + 2 * SHORT_CELL_BYTES > this.#bytes.length) this.#renew(column, length);
    if (column > 0) this.#bytes[this.#at++] = this.#delimiter === "," ? COMMA : TAB;
    this.#starts[column] = this.#at;
  }

  /** Another block; what was not taken moves into it, with the record's cells left of `column`. */
  #renew(column: number, length: number): void {
    const from = this.#from;
    const kept = this.#at - from;
    const least = 2 * (kept + length + 2 * SHORT_CELL_BYTES);
    const block = Buffer.allocUnsafe(Math.max(this.#blockBytes, least));
    this.#blockBytes = Math.min(2 * this.#blockBytes, MOST_BLOCK_BYTES);
    this.#bytes.copy(block, 0, from, this.#at);
    for (let i = 0; i < column; i++) {
      this.#starts[i] = (this.#starts[i] ?? 0) - from;
      this.#ends[i] = (this.#ends[i] ?? 0) - from;
    }
    this.#bytes = block;
    this.#from = 0;
    this.#at = kept;
  }

  #copy(start: number, length: number): void {
    const bytes = this.#bytes;
    const upper = this.#upper;
    let at = this.#at;
    for (let from = start; from < start + length; from++) bytes[at++] = upper[from] ?? 0;
    this.#at = at;
  }

  #scalar(column: number, value: unknown): void {
    const cell = scalar(value, this.#options.columns[column]?.type ?? "string", this.#options.time);
    if (typeof cell === "string") {
      this.#begin(column, 3 * cell.length);
      this.#text(cell);
      return;
    }
    this.#begin(column, 0);
    if (typeof cell === "number") this.#number(cell);
    else this.#text(csvCell(cell, this.#delimiter));
  }

  /**
   * The shortest text that means the number. Two decimals of at most 15 digits are never the same number, so that one which
   * means it is that text.
   */
  #number(value: number): void {
    const scaled = Math.round(value * SCALE);
    if (value >>> 0 === value) this.#digits(value, digitsOf(value));
    else if (scaled > 0 && scaled < MOST_SCALED && scaled / SCALE === value) this.#decimal(scaled);
    else this.#at += this.#bytes.write(decimal(value), this.#at, "latin1");
  }

  /** A number of millionths. */
  #decimal(scaled: number): void {
    const whole = Math.floor(scaled / SCALE);
    let rest = scaled - whole * SCALE;
    let digits = DIGITS;
    this.#digits(whole, digitsOf(whole));
    for (; rest % 10 === 0; digits--) rest /= 10;
    this.#bytes[this.#at++] = POINT;
    this.#digits(rest, digits);
  }

  /** Plain ASCII as it is; all else the way of csv-cells.ts. */
  #text(text: string): void {
    const bytes = this.#bytes;
    let at = this.#at;
    for (let i = 0; i < text.length; i++) {
      const code = text.charCodeAt(i);
      if (isSpecial(code) || (startsFormula(code) && (i === 0 || text.charCodeAt(i - 1) === SEMICOLON))) {
        this.#at += bytes.write(csvCell(text, this.#delimiter), this.#at);
        return;
      }
      bytes[at++] = code;
    }
    this.#at = at;
  }

  /** ISO 8601 UTC, as `timeText` writes it. */
  #time(moment: Instant): void {
    const day = Math.floor(moment.seconds / SECONDS_A_DAY);
    const second = moment.seconds - day * SECONDS_A_DAY;
    this.#text(dayText(day));
    this.#bytes[this.#at++] = UPPER_T;
    this.#digits(Math.floor(second / 3600), 2);
    this.#bytes[this.#at++] = COLON;
    this.#digits(Math.floor(second / 60) % 60, 2);
    this.#bytes[this.#at++] = COLON;
    this.#digits(second % 60, 2);
    this.#bytes[this.#at++] = POINT;
    if (moment.fine) this.#digits(moment.nanoseconds, 9);
    else this.#digits(Math.floor(moment.nanoseconds / 1000), 6);
    this.#bytes[this.#at++] = UPPER_Z;
  }

  /** A whole number below 2^53 in so many digits. */
  #digits(value: number, count: number): void {
    const bytes = this.#bytes;
    let rest = value;
    for (let at = this.#at + count - 1; at >= this.#at; at--) {
      const tens = Math.floor(rest / 10);
      bytes[at] = ZERO + rest - 10 * tens;
      rest = tens;
    }
    this.#at += count;
  }
}

function digitsOf(value: number): number {
  let count = 1;
  while (value >= (POWERS_OF_TEN[count] ?? Infinity)) count += 1;
  return count;
}

function isSpecial(code: number): boolean {
  return (
    code >= 0x80 ||
    code === COMMA ||
    code === QUOTE ||
    code === LINE_FEED ||
    code === TAB ||
    code === CARRIAGE_RETURN
  );
}

/** Of those that csv-cells.ts names, the ASCII ones that are not special anyway. */
function startsFormula(code: number): boolean {
  return code === 0x3d || code === 0x2b || code === 0x2d || code === 0x40;
}
