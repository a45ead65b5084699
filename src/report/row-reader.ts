/**
 * Values of rows by column. Rows of one report have their keys in one order; walking along it is twice as fast as asking for
 * dozens of keys by name.
 */
export class RowReader<Row> {
  readonly #names: readonly (keyof Row)[];
  /** Keys of the last row in their order, and its values. */
  #keys: string[] = [];
  readonly #values: unknown[] = [];
  /** Where among them each column is; -1 for one that is asked for by name: not known, or inherited. */
  readonly #places: Int32Array;

  constructor(names: readonly (keyof Row)[]) {
    this.#names = names;
    this.#places = new Int32Array(names.length).fill(-1);
  }

  /** Goes to the next row. */
  read(row: Row): void {
    const keys = this.#keys;
    const values = this.#values;
    let count = 0;
    for (const key in row) {
      if (keys[count] !== key) {
        this.#learn(row);
        return;
      }
      values[count++] = row[key];
    }
    if (count !== keys.length) this.#learn(row);
  }

  /** That row's value of a column. */
  value(row: Row, column: number): unknown {
    const place = this.#places[column] ?? -1;
    if (place >= 0) return this.#values[place];
    const name = this.#names[column];
    return name === undefined ? undefined : row[name];
  }

  #learn(row: Row): void {
    const keys: string[] = [];
    for (const key in row) {
      this.#values[keys.length] = row[key];
      keys.push(key);
    }
    this.#keys = keys;
    this.#names.forEach((name, column) => {
      this.#places[column] = keys.indexOf(String(name));
    });
  }
}
