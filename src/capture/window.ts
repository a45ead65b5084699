import type { ByteSource } from "./bytes.ts";

/** Bytes asked of a source at a time; 256 KiB to 2 MiB are equally fast, more is slower. */
export const CHUNK_LENGTH: number = 1 << 20;

const EMPTY = new Uint8Array(0);

/**
 * The part of a capture that is in memory. What is not yet used is moved to the front before more is read, so a
 * packet never straddles two buffers. `wanted` bounds its growth: nobody asks for more than three packets' room.
 */
export class ByteWindow {
  view: DataView = new DataView(EMPTY.buffer);
  /** Next byte to look at, as an offset into `view`. */
  position = 0;
  /** One past the last byte that was read. */
  end = 0;
  /** Offset in the capture of the first byte of `view`. */
  base = 0;
  /** True when the source has no more bytes. */
  ended = false;
  /** Bytes that came from the source so far. */
  bytesRead = 0;
  /** How many bytes from `position` on the last step would have needed. */
  wanted = 0;
  readonly source: ByteSource;
  #bytes: Uint8Array<ArrayBuffer> = EMPTY;

  /** `expectedLength`: size of the capture when it is known, so that a small one gets a small buffer. */
  constructor(source: ByteSource, chunkLength: number, expectedLength: number = chunkLength) {
    this.source = source;
    this.#allocate(Math.min(chunkLength, Math.max(expectedLength + 1, 4096)));
  }

  /** Says that `count` bytes from `position` on are needed to go on. */
  want(count: number): false {
    this.wanted = count;
    return false;
  }

  /** Makes room and reads more, once. False: the source has ended. The bytes before `position` are gone then. */
  fill(): boolean | Promise<boolean> {
    if (this.ended) return false;
    this.#makeRoom();
    const count = this.source.read(this.#bytes, this.end);
    return typeof count === "number" ? this.#add(count) : count.then((later) => this.#add(later));
  }

  /** Waits until `count` bytes are there from `position` on. False: the source has ended before. */
  async atLeast(count: number): Promise<boolean> {
    while (this.end - this.position < count) {
      this.want(count);
      if (!(await this.fill())) return false;
    }
    return true;
  }

  /**
   * Takes the next bytes, `most` at most, where they lie: they hold until more is asked for. Undefined when none are
   * left and the source has ended.
   */
  async lend(most: number): Promise<Uint8Array | undefined> {
    while (this.position === this.end) if (!(await this.fill())) return undefined;
    const end = Math.min(this.position + most, this.end);
    const lent = this.#bytes.subarray(this.position, end);
    this.position = end;
    return lent;
  }

  /** Lets go of the memory. */
  drop(): void {
    this.ended = true;
    this.base += this.position;
    this.position = 0;
    this.end = 0;
    this.#bytes = EMPTY;
    this.view = new DataView(EMPTY.buffer);
  }

  #add(count: number): boolean {
    if (count === 0) this.ended = true;
    else if (!this.ended) this.end += count;
    this.bytesRead += count;
    return count > 0;
  }

  #makeRoom(): void {
    const rest = this.end - this.position;
    const old = this.#bytes;
    if (this.wanted > old.length || rest === old.length) {
      this.#allocate(Math.max(this.wanted, old.length * 2));
      this.#bytes.set(old.subarray(this.position, this.end));
    } else if (this.position > 0) {
      old.copyWithin(0, this.position, this.end);
    }
    this.base += this.position;
    this.position = 0;
    this.end = rest;
  }

  #allocate(length: number): void {
    this.#bytes = new Uint8Array(length);
    this.view = new DataView(this.#bytes.buffer);
  }
}
