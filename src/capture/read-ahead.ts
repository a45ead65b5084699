import { read } from "node:fs";
import { failureOf, type SourceFailure } from "./bytes.ts";

/**
 * Reads a file one step ahead of whoever works on it, in a thread of Node.js. One read is on its way at any time, from
 * where the descriptor stands: that may be a shared one, such as standard input.
 */
export class ReadAhead {
  failure: SourceFailure | undefined = undefined;
  readonly #descriptor: number;
  readonly #bytes: Uint8Array;
  /** Of `#bytes`, what was read and not handed out yet. */
  #used = 0;
  #filled = 0;
  #isReading = false;
  #ended = false;
  #onClosed: (() => void) | undefined = undefined;
  #wake: (() => void) | undefined = undefined;

  /** Begins to read. `length`: bytes of a step; half a window, so that one step mostly fits behind what is left in it. */
  constructor(descriptor: number, length: number) {
    this.#descriptor = descriptor;
    this.#bytes = new Uint8Array(length);
    this.#readNext();
  }

  /** As that of a `ByteSource`. */
  read(target: Uint8Array, at: number): number | Promise<number> {
    if (!this.#isReading) return this.#take(target, at);
    return new Promise((resolve) => {
      this.#wake = () => resolve(this.#take(target, at));
    });
  }

  /** Ends; `closed` is called when nothing is read any more: until then the descriptor has to stay what it is. */
  close(closed: () => void): void {
    this.#ended = true;
    this.#used = this.#filled;
    if (this.#isReading) this.#onClosed = closed;
    else closed();
    this.#wakeUp();
  }

  #take(target: Uint8Array, at: number): number {
    const count = Math.min(this.#filled - this.#used, target.length - at);
    target.set(this.#bytes.subarray(this.#used, this.#used + count), at);
    this.#used += count;
    if (this.#used === this.#filled && !this.#ended) this.#readNext();
    return count;
  }

  #readNext(): void {
    this.#isReading = true;
    read(this.#descriptor, this.#bytes, 0, this.#bytes.length, null, (error, count) => {
      this.#isReading = false;
      if (this.#onClosed !== undefined) {
        this.#onClosed();
        return;
      }
      if (error !== null) this.failure = failureOf(error);
      this.#used = 0;
      this.#filled = error === null ? count : 0;
      if (this.#filled === 0) this.#ended = true;
      this.#wakeUp();
    });
  }

  #wakeUp(): void {
    const wake = this.#wake;
    this.#wake = undefined;
    wake?.();
  }
}
