import { closeSync, readSync } from "node:fs";
import { type ByteSource, failureOf, type SourceFailure } from "./bytes.ts";
import { ReadAhead } from "./read-ahead.ts";

/** From memory come several GB a second: fewer bytes a millisecond have been waited for, but for what any read costs. */
const QUICK_BYTES_PER_MS = 1_500_000;
const ANY_READ_MS = 0.2;
/** So many more slow reads than quick ones: one is any busy machine's. */
const SLOW_READS = 4;

/** Tells whether reads have to wait for a disk or a network share. */
export class ReadPace {
  #slow = 0;

  /** Takes how long a read took, milliseconds. */
  note(bytes: number, ms: number): void {
    if (ms > ANY_READ_MS + bytes / QUICK_BYTES_PER_MS) this.#slow = Math.min(this.#slow + 1, SLOW_READS);
    else this.#slow = Math.max(this.#slow - 1, 0);
  }

  get isSlow(): boolean {
    return this.#slow === SLOW_READS;
  }
}

/** Of all files: mostly they lie on one disk. */
const PACE = new ReadPace();

export interface FileBytesOptions {
  /** False for a descriptor that is not ours to close. */
  readonly close?: boolean;
  readonly pace?: ReadPace;
  /** Sees all bytes that are read, in their order; they are good until it returns. */
  readonly onBytes?: OnBytes | undefined;
}

export type OnBytes = (bytes: Uint8Array) => void;

/**
 * A regular file, read where it stands. Synchronous reads are twice as fast as a stream while the system has the bytes in
 * memory; where it has to fetch them, the next ones are read while those before are worked on.
 */
export class FileBytes implements ByteSource {
  #failure: SourceFailure | undefined = undefined;
  #descriptor: number;
  #ahead: ReadAhead | undefined = undefined;
  readonly #closes: boolean;
  readonly #pace: ReadPace;
  readonly #onBytes: OnBytes | undefined;

  constructor(descriptor: number, { close = true, pace = PACE, onBytes }: FileBytesOptions = {}) {
    this.#descriptor = descriptor;
    this.#closes = close;
    this.#pace = pace;
    this.#onBytes = onBytes;
  }

  get failure(): SourceFailure | undefined {
    return this.#failure ?? this.#ahead?.failure;
  }

  read(target: Uint8Array, at: number): number | Promise<number> {
    const count = this.#read(target, at);
    const onBytes = this.#onBytes;
    if (onBytes === undefined) return count;
    const show = (bytes: number): number => {
      if (bytes > 0) onBytes(target.subarray(at, at + bytes));
      return bytes;
    };
    return typeof count === "number" ? show(count) : count.then(show);
  }

  #read(target: Uint8Array, at: number): number | Promise<number> {
    if (this.#descriptor < 0) return 0;
    if (this.#ahead !== undefined) return this.#ahead.read(target, at);
    try {
      const began = performance.now();
      const count = readSync(this.#descriptor, target, at, target.length - at, null);
      this.#pace.note(count, performance.now() - began);
      if (count > 0 && this.#pace.isSlow)
        this.#ahead = new ReadAhead(this.#descriptor, Math.ceil(target.length / 2));
      return count;
    } catch (error) {
      this.#failure = failureOf(error); // a disk or network share that fails in mid-file
      return 0;
    }
  }

  close(): void {
    const descriptor = this.#descriptor;
    this.#descriptor = -1;
    if (descriptor < 0) return;
    const close = (): void => {
      if (this.#closes) closeSync(descriptor);
    };
    if (this.#ahead === undefined) close();
    else this.#ahead.close(close);
  }
}
