import type { Gunzip } from "node:zlib";
import { SourceError } from "./bytes.ts";
import { cutError, type CompressedInput, type Compression } from "./compressed-input.ts";

/** The same where the last ones became more than eight times as many: at most it makes a thousand times as many. */
const DENSE_CHUNK = 32_768;
const DENSE = 8;
/** The same where it failed: what it made of the failing bytes is lost, so they become few. */
const CAREFUL_CHUNK = 8;

/**
 * Some bytes of the input at a time, and all that they make; while that is read, another thread inflates the next ones. What
 * zlib makes of bytes that turn out to be damaged is lost; where the input can be had again, a second decoder gets them a
 * few at a time.
 */
export async function* throughZlib(
  compression: Compression,
  create: () => Gunzip,
  raw: CompressedInput,
): AsyncIterable<Uint8Array> {
  const pump = new ZlibPump(create());
  const feed = new Feed(pump, raw.chunks);
  let whole = 0;
  let delivered = 0;
  try {
    for (let fed = feed.next(); ;) {
      const length = await fed;
      const made = pump.made.splice(0);
      const over = length === 0 || pump.failure !== undefined || pump.ended;
      if (!over) {
        fed = feed.next();
        fed.catch(() => undefined); // it is awaited when what is there was taken
      }
      for (const bytes of made) {
        delivered += bytes.length;
        yield bytes;
      }
      if (over) break;
      whole += length;
    }
    await pump.finish();
    yield* pump.made.splice(0);
    if (pump.failure === undefined && pump.ended && (await feed.hasOther()))
      throw new SourceError("damaged", `${compression} data are damaged (something else follows them)`);
  } finally {
    feed.close();
    pump.destroy();
  }
  if (pump.failure === undefined) return;
  if (pump.failure.code === "Z_BUF_ERROR") throw cutError(compression);
  if (raw.again !== undefined) yield* carefully(new ZlibPump(create()), raw.again(), whole, delivered);
  throw new SourceError("damaged", `${compression} data are damaged (${pump.failure.message})`);
}

/** Gives the input to zlib, so much at a time as its density allows. */
class Feed {
  readonly #pump: ZlibPump;
  readonly #chunks: AsyncIterator<Uint8Array>;
  #chunk: Uint8Array = new Uint8Array(0);
  #used = 0;
  #fed = 0;
  #isDense = true;

  constructor(pump: ZlibPump, chunks: AsyncIterable<Uint8Array>) {
    this.#pump = pump;
    this.#chunks = chunks[Symbol.asyncIterator]();
  }

  /** Feeds the next bytes and waits until all is made of them; how many they were, 0 at the end of the input. */
  async next(): Promise<number> {
    while (this.#used === this.#chunk.length) {
      const { done, value } = await this.#chunks.next();
      if (done === true) return 0;
      this.#chunk = value;
      this.#used = 0;
    }
    const rest = this.#chunk.length - this.#used;
    const length = this.#isDense ? Math.min(rest, DENSE_CHUNK) : rest;
    if (this.#pump.ended) return length;
    const before = this.#pump.bytesMade;
    await this.#pump.write(this.#chunk.subarray(this.#used, this.#used + length));
    this.#used += length;
    this.#fed += length;
    this.#isDense = this.#pump.bytesMade - before > DENSE * length;
    return length;
  }

  /** Whether the data are followed by anything but zeros, at which zlib stops without a word; zeros are padding. */
  async hasOther(): Promise<boolean> {
    let rest = this.#chunk.subarray(this.#used - (this.#fed - this.#pump.bytesTaken));
    for (;;) {
      if (rest.some((byte) => byte !== 0)) return true;
      const { done, value } = await this.#chunks.next();
      if (done === true) return false;
      rest = value;
    }
  }

  /** Nobody waits for an input that may never go on. */
  close(): void {
    void this.#chunks.return?.().then(undefined, () => undefined);
  }
}

/** Decompresses once more: `whole` bytes of input as before, then by small pieces; leaves out what was delivered. */
async function* carefully(
  pump: ZlibPump,
  chunks: AsyncIterable<Uint8Array>,
  whole: number,
  delivered: number,
): AsyncIterable<Uint8Array> {
  let fed = 0;
  let skip = delivered;
  try {
    for await (const chunk of chunks) {
      for (let at = 0; at < chunk.length && pump.failure === undefined;) {
        const step = fed < whole ? Math.min(DENSE_CHUNK, whole - fed) : CAREFUL_CHUNK;
        const piece = chunk.subarray(at, at + step);
        await pump.write(piece);
        at += piece.length;
        fed += piece.length;
        for (const made of pump.made.splice(0)) {
          if (skip < made.length) yield made.subarray(skip);
          skip = Math.max(0, skip - made.length);
        }
      }
      if (pump.failure !== undefined) return;
    }
  } finally {
    pump.destroy();
  }
}

/** A zlib stream whose output is collected, never waited for, so that none is lost when it fails. */
class ZlibPump {
  readonly made: Uint8Array[] = [];
  bytesMade = 0;
  failure: NodeJS.ErrnoException | undefined = undefined;
  ended = false;
  readonly #decoder: Gunzip;
  #closed = false;
  /** Goes on with whoever waits. Races of promises would keep one reaction a chunk until the very end. */
  #wake: () => void = () => undefined;

  constructor(decoder: Gunzip) {
    this.#decoder = decoder;
    decoder.on("data", (chunk: Uint8Array) => {
      this.made.push(chunk);
      this.bytesMade += chunk.length;
    });
    decoder.on("error", (error: NodeJS.ErrnoException) => (this.failure = error));
    decoder.on("end", () => (this.ended = true));
    decoder.on("close", () => {
      this.#closed = true;
      this.#wake();
    });
  }

  /** Bytes of the input that it used. */
  get bytesTaken(): number {
    return this.#decoder.bytesWritten;
  }

  async write(chunk: Uint8Array): Promise<void> {
    if (this.failure !== undefined || this.ended) return;
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
      this.#decoder.write(chunk, () => resolve());
    });
  }

  async finish(): Promise<void> {
    if (this.failure !== undefined || this.#closed) return;
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
      this.#decoder.end();
    });
  }

  destroy(): void {
    this.#decoder.destroy();
  }
}
