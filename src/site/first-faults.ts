import { counted } from "../count-text.ts";

/** So many faults of a file are listed: nobody mends more before looking again. */
export const MOST_FAULTS = 100;

/** Faults of one file by line and column, as a person goes through them; only the first ones are kept. */
export class FirstFaults {
  #kept: string[] = [];
  #count = 0;

  /** `text` has its place in it: "site.yaml:12:9: ..."; those without a column come first, as they were added. */
  add(text: string): void {
    this.#count += 1;
    this.#kept.push(text);
    if (this.#kept.length >= 2 * MOST_FAULTS) this.#kept = firstOf(this.#kept);
  }

  /** How many there are, those that are not kept included. */
  get count(): number {
    return this.#count;
  }

  /** The first ones, and how many more there are. */
  messages(fileName: string): readonly string[] {
    const first = firstOf(this.#kept);
    const more = this.#count - first.length;
    return more === 0 ? first : [...first, `${fileName}: and ${counted(more, "more error")}`];
  }
}

function firstOf(faults: readonly string[]): string[] {
  const placed = faults.map((text) => {
    const [, line = "0", column = "0"] = /:(\d+):(\d+): /.exec(text) ?? [];
    return { text, line: Number(line), column: Number(column) };
  });
  return placed
    .toSorted((a, b) => a.line - b.line || a.column - b.column)
    .slice(0, MOST_FAULTS)
    .map(({ text }) => text);
}
