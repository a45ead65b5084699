import { readSync } from "node:fs";
import type { Readable } from "node:stream";
import { type ByteSource, failureOf, type SourceFailure } from "./bytes.ts";

/** A pipe of the usual size that was found full: whoever writes into it is ahead of us. */
const FULL = 65_536;

/**
 * A pipe that a stream reads. What the stream has read by itself comes first; as long as the pipe is found full, the rest is read
 * straight from the descriptor, into the target and without a turn of the event loop. The descriptor has to be
 * non-blocking, as that of a socket or pipe is once Node.js reads it: nothing waits here.
 */
export class PipeBytes implements ByteSource {
  failure: SourceFailure | undefined = undefined;
  readonly #stream: Readable;
  readonly #descriptor: number;
  /** A chunk of the stream, and how much of it was handed out. */
  #kept: Uint8Array = new Uint8Array(0);
  #used = 0;
  /** The last read found the pipe full. */
  #isAhead = false;
  #ended = false;
  #wake: (() => void) | undefined = undefined;

  constructor(stream: Readable, descriptor: number) {
    this.#stream = stream;
    this.#descriptor = descriptor;
    const wake = (): void => this.#wake?.();
    stream.on("readable", wake).on("end", wake).on("close", wake);
    stream.on("error", (error) => {
      if (!this.#ended) this.failure = failureOf(error);
      this.#end();
    });
  }

  read(target: Uint8Array, at: number): number | Promise<number> {
    if (this.#ended) return 0;
    const kept = this.#takeKept(target, at);
    if (kept > 0) return kept;
    if (this.#isAhead) {
      const count = this.#readNow(target, at);
      if (count >= 0) return count;
    }
    return this.#wait(target, at);
  }

  close(): void {
    this.#end();
  }

  /** What the stream holds, as much as there is room for. */
  #takeKept(target: Uint8Array, at: number): number {
    if (this.#used === this.#kept.length) {
      if (this.#stream.readableLength === 0) return 0;
      const chunk = this.#stream.read() as Buffer | null;
      if (chunk === null) return 0;
      this.#isAhead = chunk.length >= FULL;
      this.#kept = chunk;
      this.#used = 0;
    }
    const count = Math.min(this.#kept.length - this.#used, target.length - at);
    target.set(this.#kept.subarray(this.#used, this.#used + count), at);
    this.#used += count;
    return count;
  }

  /** Bytes read from the pipe as it is, 0 at its end; -1 when it is empty. */
  #readNow(target: Uint8Array, at: number): number {
    try {
      const count = readSync(this.#descriptor, target, at, target.length - at, null);
      this.#isAhead = count >= Math.min(FULL, target.length - at);
      return count > 0 ? count : this.#end();
    } catch (error) {
      this.#isAhead = false;
      if (error instanceof Error && "code" in error && error.code === "EAGAIN") return -1;
      this.failure = failureOf(error);
      return this.#end();
    }
  }

  /** Waits until the stream has read something, or is at its end. */
  #wait(target: Uint8Array, at: number): Promise<number> {
    return new Promise((resolve) => {
      const look = (): void => {
        const count = this.#ended ? 0 : this.#takeKept(target, at);
        if (count > 0) resolve(count);
        else if (this.#ended || this.#stream.readableEnded || this.#stream.destroyed) resolve(this.#end());
        else return;
        this.#wake = undefined;
      };
      this.#wake = look;
      look();
    });
  }

  #end(): 0 {
    if (this.#ended) return 0;
    this.#ended = true;
    this.#kept = new Uint8Array(0);
    this.#used = 0;
    this.#stream.destroy();
    this.#wake?.();
    return 0;
  }
}
