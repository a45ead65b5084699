/** One row of a result as it stands in the file: text from CSV, JSON's values, Parquet's values. */
export interface ResultRecord {
  /** Line in the file, from 1; in Parquet the number of the row. */
  readonly line: number;
  /** The cell of a column; undefined where there is none. */
  cell(name: string): unknown;
  /** All cells that are read, by their columns. */
  cells(): Readonly<Record<string, unknown>>;
}

/** The rows of a result, as they stand in the file. */
export interface ResultRecords {
  /** False for a pipe: its rows can be had once. */
  readonly isFile: boolean;
  /** True of NDJSON of no bytes, which a program that failed leaves, too. */
  readonly isEmpty: boolean;
  /** True where `line` is a line of a text. */
  readonly hasLines: boolean;
  /** Names of the columns; undefined where only the rows tell (JSON). */
  readonly columns: readonly string[] | undefined;
  /** Rows in the order of the file, several at a time. Throws ResultError with the line. */
  batches(): AsyncGenerator<readonly ResultRecord[]>;
}
