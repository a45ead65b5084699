import { type FileHandle, open } from "node:fs/promises";
import { Frame } from "../capture/frame.ts";
import { AuditError } from "./audit-error.ts";
import { readAt } from "./read-at.ts";

/**
 * Files of frames that a later stage reads again: chunks of records, each of one bucket, then the list of chunks.
 * All numbers are little-endian. A record is 48 bytes of 32-bit words (R below), then the captured bytes.
 */
const CHUNK_BYTES = 1 << 18;
const MAGIC = 0x6f336632;
/** Chunk of the list: bucket, bytes, offset (two words). */
const ENTRY_BYTES = 16;
const TRAILER_BYTES = 8;

const R = {
  length: 0,
  capture: 4,
  interfaceIndex: 8,
  linkType: 12,
  seconds: 16,
  nanoseconds: 20,
  number: 24,
  originalLength: 28,
  timed: 32,
  position: 36,
  sequence: 40,
  bytes: 48,
} as const;

interface Chunk {
  readonly bucket: number;
  readonly length: number;
  readonly offset: number;
}

/** A chunk that is being filled. */
interface OpenChunk {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  used: number;
}

/** Chunks kept to be filled again. */
const MOST_SPARE = 32;

function newChunk(length: number): OpenChunk {
  const bytes = new Uint8Array(length);
  return { bytes, view: new DataView(bytes.buffer), used: 0 };
}

/** Writes frames into buckets of one file. */
export class FrameWriter {
  readonly #file: FileHandle;
  readonly #open: (OpenChunk | undefined)[] = [];
  readonly #full: { readonly bucket: number; readonly chunk: OpenChunk }[] = [];
  /** Chunks that were written, to be filled again. */
  readonly #spare: OpenChunk[] = [];
  /** The buffer that frames were last copied from, and a view of all of it. */
  #sourceBuffer: ArrayBufferLike | undefined;
  #source: Buffer = Buffer.alloc(0);
  readonly #chunks: Chunk[] = [];
  #offset = 0;
  #sequence = 0;
  /** Frames written so far. */
  frames = 0;

  private constructor(file: FileHandle) {
    this.#file = file;
  }

  static async create(path: string): Promise<FrameWriter> {
    return new FrameWriter(await open(path, "wx"));
  }

  /** Copies a frame; `position` is its place in time among the frames of its capture, seconds. */
  add(bucket: number, frame: Frame, capture: number, position: number): void {
    const length = frame.end - frame.start;
    const needed = R.bytes + length;
    let chunk = this.#open[bucket];
    if (chunk !== undefined && chunk.used + needed > chunk.bytes.length) {
      this.#full.push({ bucket, chunk });
      chunk = undefined;
    }
    if (chunk === undefined) {
      chunk =
        (needed <= CHUNK_BYTES ? this.#spare.pop() : undefined) ?? newChunk(Math.max(CHUNK_BYTES, needed));
      this.#open[bucket] = chunk;
    }
    const { view, used: at } = chunk;
    view.setUint32(at + R.length, length, true);
    view.setUint32(at + R.capture, capture, true);
    view.setUint32(at + R.interfaceIndex, frame.interfaceIndex, true);
    view.setUint32(at + R.linkType, frame.linkType, true);
    view.setUint32(at + R.seconds, frame.seconds, true);
    view.setUint32(at + R.nanoseconds, frame.nanoseconds, true);
    view.setUint32(at + R.number, frame.number, true);
    view.setUint32(at + R.originalLength, frame.originalLength, true);
    view.setUint32(at + R.timed, frame.timed ? 1 : 0, true);
    view.setUint32(at + R.position, position, true);
    view.setFloat64(at + R.sequence, this.#sequence, true);
    const { buffer, byteOffset } = frame.view;
    if (buffer !== this.#sourceBuffer) {
      this.#sourceBuffer = buffer;
      this.#source = Buffer.from(buffer as ArrayBuffer);
    }
    const from = byteOffset + frame.start;
    this.#source.copy(chunk.bytes, at + R.bytes, from, from + length);
    chunk.used += needed;
    this.#sequence += 1;
    this.frames += 1;
  }

  /** Writes what is full; to be awaited between chunks of input, so that memory stays bounded. */
  async drain(): Promise<void> {
    for (const { bucket, chunk } of this.#full) {
      const { bytes, used } = chunk;
      await this.#write(bytes.subarray(0, used));
      this.#chunks.push({ bucket, length: used, offset: this.#offset - used });
      chunk.used = 0;
      if (bytes.length === CHUNK_BYTES && this.#spare.length < MOST_SPARE) this.#spare.push(chunk);
    }
    this.#full.length = 0;
  }

  /** Writes the rest and closes the file. */
  async finish(): Promise<void> {
    for (const [bucket, chunk] of this.#open.entries())
      if (chunk !== undefined) this.#full.push({ bucket, chunk });
    this.#open.length = 0;
    await this.drain();
    const tail = new Uint8Array(this.#chunks.length * ENTRY_BYTES + TRAILER_BYTES);
    const view = new DataView(tail.buffer);
    for (const [i, { bucket, length, offset }] of this.#chunks.entries()) {
      view.setUint32(i * ENTRY_BYTES, bucket, true);
      view.setUint32(i * ENTRY_BYTES + 4, length, true);
      view.setFloat64(i * ENTRY_BYTES + 8, offset, true);
    }
    view.setUint32(tail.length - 8, this.#chunks.length, true);
    view.setUint32(tail.length - 4, MAGIC, true);
    await this.#write(tail);
    await this.#file.close();
  }

  async abandon(): Promise<void> {
    await this.#file.close().catch(() => undefined); // it is removed by whoever made it
  }

  async #write(bytes: Uint8Array): Promise<void> {
    for (let done = 0; done < bytes.length;) {
      const { bytesWritten } = await this.#file.write(bytes, done, bytes.length - done, this.#offset);
      done += bytesWritten;
      this.#offset += bytesWritten;
    }
  }
}

/** Reads the frames of one bucket, with the protocol of `CaptureReader`, but `refill` is always a promise. */
export class FrameFile {
  readonly frame: Frame = new Frame();
  /** Of the frame: capture, as the writer counted them, place in time, and place among all frames of the file. */
  capture = 0;
  position = 0;
  sequence = 0;
  /** Bytes read so far. */
  bytesRead = 0;
  readonly #file: FileHandle;
  readonly #path: string;
  readonly #chunks: readonly Chunk[];
  #next = 0;
  #view: DataView = new DataView(new ArrayBuffer(0));
  #at = 0;

  private constructor(file: FileHandle, path: string, chunks: readonly Chunk[]) {
    this.#file = file;
    this.#path = path;
    this.#chunks = chunks;
  }

  static async open(path: string, bucket: number): Promise<FrameFile> {
    const file = await open(path, "r");
    try {
      const { size } = await file.stat();
      const trailer = await viewAt(file, Math.max(0, size - TRAILER_BYTES), TRAILER_BYTES);
      const count = trailer.byteLength === TRAILER_BYTES ? trailer.getUint32(0, true) : 0;
      const from = size - TRAILER_BYTES - count * ENTRY_BYTES;
      if (trailer.byteLength !== TRAILER_BYTES || trailer.getUint32(4, true) !== MAGIC || from < 0)
        throw broken(path);
      const list = await viewAt(file, from, count * ENTRY_BYTES);
      const chunks: Chunk[] = [];
      for (let at = 0; at < list.byteLength; at += ENTRY_BYTES) {
        const chunk = {
          bucket: list.getUint32(at, true),
          length: list.getUint32(at + 4, true),
          offset: list.getFloat64(at + 8, true),
        };
        if (!(chunk.offset >= 0 && chunk.offset + chunk.length <= from)) throw broken(path);
        if (chunk.bucket === bucket) chunks.push(chunk);
      }
      return new FrameFile(file, path, chunks);
    } catch (error) {
      await file.close();
      throw error;
    }
  }

  next(): boolean {
    const [view, at] = [this.#view, this.#at];
    if (at >= view.byteLength) return false;
    if (at + R.bytes > view.byteLength) throw broken(this.#path);
    const { frame } = this;
    const length = view.getUint32(at + R.length, true);
    if (at + R.bytes + length > view.byteLength) throw broken(this.#path);
    frame.view = view;
    frame.start = at + R.bytes;
    frame.end = frame.start + length;
    frame.interfaceIndex = view.getUint32(at + R.interfaceIndex, true);
    frame.linkType = view.getUint32(at + R.linkType, true);
    frame.seconds = view.getUint32(at + R.seconds, true);
    frame.nanoseconds = view.getUint32(at + R.nanoseconds, true);
    frame.number = view.getUint32(at + R.number, true);
    frame.originalLength = view.getUint32(at + R.originalLength, true);
    frame.timed = view.getUint32(at + R.timed, true) === 1;
    this.capture = view.getUint32(at + R.capture, true);
    this.position = view.getUint32(at + R.position, true);
    this.sequence = view.getFloat64(at + R.sequence, true);
    this.#at = frame.end;
    return true;
  }

  async refill(): Promise<boolean> {
    const chunk = this.#chunks[this.#next];
    if (chunk === undefined) return false;
    this.#next += 1;
    this.#view = await viewAt(this.#file, chunk.offset, chunk.length);
    this.#at = 0;
    this.bytesRead += chunk.length;
    if (this.#view.byteLength !== chunk.length) throw broken(this.#path);
    return true;
  }

  async close(): Promise<void> {
    await this.#file.close();
  }
}

function broken(path: string): AuditError {
  return new AuditError(`${path} is broken: delete it and run the audit again`);
}

async function viewAt(file: FileHandle, offset: number, length: number): Promise<DataView> {
  const { buffer, byteLength } = await readAt(file, offset, length);
  return new DataView(buffer, 0, byteLength);
}
