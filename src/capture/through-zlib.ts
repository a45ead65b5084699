import type { Transform } from "node:stream";
import { SourceError } from "./bytes.ts";
import { COMPRESSED_CHUNK, cutError, type CompressedInput, type Compression } from "./compressed-input.ts";

/** Bytes given to zlib at a time where it failed: what it made of the failing chunk is lost, so the chunks become small. */
const CAREFUL_CHUNK = 8;
/**
 * One input chunk at a time, and all that it makes before the next. What zlib makes of a chunk that turns out to be
 * damaged is lost; where the input can be had again, a second decoder gets that chunk in small pieces.
 */
export async function* throughZlib(
  compression: Compression,
  create: () => Transform,
  raw: CompressedInput,
): AsyncIterable<Uint8Array> {
  const pump = new ZlibPump(create());
  let whole = 0;
  let delivered = 0;
  try {
    for await (const chunk of raw.chunks) {
      await pump.write(chunk);
      for (const made of pump.made.splice(0)) {
        delivered += made.length;
        yield made;
      }
      if (pump.failure !== undefined || pump.ended) break;
      whole += chunk.length;
    }
    await pump.finish();
    yield* pump.made.splice(0);
  } finally {
    pump.destroy();
  }
  if (pump.failure === undefined) return;
  if (pump.failure.code === "Z_BUF_ERROR") throw cutError(compression);
  if (raw.again !== undefined) yield* carefully(new ZlibPump(create()), raw.again(), whole, delivered);
  throw new SourceError("damaged", `${compression} data are damaged (${pump.failure.message})`);
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
      const step = fed < whole ? COMPRESSED_CHUNK : CAREFUL_CHUNK;
      for (let at = 0; at < chunk.length && pump.failure === undefined; at += step) {
        await pump.write(chunk.subarray(at, at + step));
        for (const made of pump.made.splice(0)) {
          if (skip < made.length) yield made.subarray(skip);
          skip = Math.max(0, skip - made.length);
        }
      }
      if (pump.failure !== undefined) return;
      fed += chunk.length;
    }
  } finally {
    pump.destroy();
  }
}

/** A zlib stream whose output is collected, never waited for, so that none is lost when it fails. */
class ZlibPump {
  readonly made: Uint8Array[] = [];
  failure: NodeJS.ErrnoException | undefined = undefined;
  ended = false;
  readonly #decoder: Transform;
  #closed = false;
  /** Goes on with whoever waits. Races of promises would keep one reaction a chunk until the very end. */
  #wake: () => void = () => undefined;

  constructor(decoder: Transform) {
    this.#decoder = decoder;
    decoder.on("data", (chunk: Uint8Array) => this.made.push(chunk));
    decoder.on("error", (error: NodeJS.ErrnoException) => (this.failure = error));
    decoder.on("end", () => (this.ended = true));
    decoder.on("close", () => {
      this.#closed = true;
      this.#wake();
    });
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
