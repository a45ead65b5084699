import type { FlowRow } from "../classify/row.ts";
import type { RowWriter } from "../report/writer.ts";
import type { Output } from "./output.ts";

/** Rows written at once: few, since rows that wait for each other outlive the engine's young generation. */
const BATCH_ROWS = 16;

/** Writes rows as they come, a few at a time. */
export class RowStream {
  /** So many were added. */
  rows = 0;
  readonly #output: Output;
  readonly #writer: RowWriter<FlowRow, string | Uint8Array>;
  #batch: FlowRow[] = [];
  #begun = false;

  constructor(output: Output, writer: RowWriter<FlowRow, string | Uint8Array>) {
    this.#output = output;
    this.#writer = writer;
  }

  /**
   * Writes what stands before the rows, once. Not before something was read: what cannot be read at all has no result, so
   * that an older one stays, and a pipe gets nothing that looks like one.
   */
  begin(): void {
    if (!this.#begun) this.#output.write(this.#writer.begin());
    this.#begun = true;
  }

  add(row: FlowRow): void {
    this.rows += 1;
    this.#batch.push(row);
    if (this.#batch.length >= BATCH_ROWS) this.#flush();
  }

  /** A promise while the receiver is slow, else undefined. */
  drain(): Promise<void> | undefined {
    this.#flush();
    return this.#output.drain();
  }

  /** Ends the result, also one without rows. */
  async end(): Promise<void> {
    this.#flush();
    this.begin();
    this.#output.write(this.#writer.end());
    await this.#output.end();
  }

  #flush(): void {
    if (this.#batch.length === 0) return;
    this.begin();
    this.#output.write(this.#writer.rows(this.#batch));
    this.#batch = [];
  }
}
