import { closeSync, ftruncateSync, openSync, readSync, writeSync } from "node:fs";

/** Bytes gathered until they are written, and read ahead of what was asked for. */
const WRITE_BYTES = 1 << 18;
const READ_BYTES = 1 << 14;

/**
 * Bytes that are kept in a file, because all of them together would take too much memory. The file is made when the
 * first bytes are written; its folder, and its removal, are the caller's business.
 */
export class Spill {
  readonly #path: string;
  #file: number | undefined;
  readonly #waiting: Buffer = Buffer.allocUnsafe(WRITE_BYTES);
  #waitingBytes = 0;
  /** Bytes in the file. */
  #written = 0;
  #block: Buffer = Buffer.alloc(0);
  #blockAt = 0;
  #blockBytes = 0;

  constructor(path: string) {
    this.#path = path;
  }

  /** All bytes that were added. */
  get size(): number {
    return this.#written + this.#waitingBytes;
  }

  /** Keeps bytes; answers with where they are. */
  add(bytes: Uint8Array): number {
    if (this.#waitingBytes + bytes.length > WRITE_BYTES) this.#flush();
    const at = this.size;
    if (bytes.length > WRITE_BYTES) this.#write(bytes);
    else {
      this.#waiting.set(bytes, this.#waitingBytes);
      this.#waitingBytes += bytes.length;
    }
    return at;
  }

  /** Bytes that were added one behind the other; good until the next call. */
  read(at: number, length: number): Uint8Array {
    if (at >= this.#written) return this.#waiting.subarray(at - this.#written, at - this.#written + length);
    if (at + length > this.#written) this.#flush();
    const from = at - this.#blockAt;
    if (from >= 0 && from + length <= this.#blockBytes) return this.#block.subarray(from, from + length);
    const wanted = Math.min(Math.max(length, READ_BYTES), this.#written - at);
    if (wanted > this.#block.length) this.#block = Buffer.allocUnsafe(wanted);
    const block = this.#block;
    this.#blockBytes = 0;
    for (let done = 0; done < wanted;) {
      const bytes = readSync(this.#file ?? -1, block, done, wanted - done, at + done);
      if (bytes === 0) throw new RangeError(`${this.#path} ends before byte ${at + wanted}`);
      done += bytes;
    }
    this.#blockAt = at;
    this.#blockBytes = wanted;
    return block.subarray(0, length);
  }

  /** Forgets everything. */
  clear(): void {
    if (this.#file !== undefined) ftruncateSync(this.#file);
    this.#written = 0;
    this.#waitingBytes = 0;
    this.#block = Buffer.alloc(0);
    this.#blockBytes = 0;
  }

  close(): void {
    if (this.#file !== undefined) closeSync(this.#file);
    this.#file = undefined;
  }

  #flush(): void {
    if (this.#waitingBytes === 0) return;
    const bytes = this.#waiting.subarray(0, this.#waitingBytes);
    this.#waitingBytes = 0;
    this.#write(bytes);
  }

  #write(bytes: Uint8Array): void {
    this.#file ??= openSync(this.#path, "wx+");
    for (let done = 0; done < bytes.length;)
      done += writeSync(this.#file, bytes, done, bytes.length - done, this.#written + done);
    this.#written += bytes.length;
  }
}
