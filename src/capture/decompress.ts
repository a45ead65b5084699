import { ReadableStream } from "node:stream/web";
import { createGunzip } from "node:zlib";
import { SourceError } from "./bytes.ts";
import { cutError, type CompressedInput, type Compression } from "./compressed-input.ts";
import { ProgramMissingError } from "./compression.ts";
import { PROGRAMS, startProgram, throughProgram } from "./through-program.ts";
import { throughZlib } from "./through-zlib.ts";

/**
 * The decompressed bytes of `raw`. Throws `ProgramMissingError` before anything is read when nothing on this
 * machine can do it. The chunks throw `SourceError` where the data are cut or damaged, after all that came before.
 * `signal` ends the helper program, if one runs.
 */
export async function decompress(
  compression: Compression,
  raw: CompressedInput,
  signal: AbortSignal,
): Promise<AsyncIterable<Uint8Array>> {
  if (compression === "gzip") {
    return throughZlib(compression, () => createGunzip({ chunkSize: 262_144 }), raw);
  }
  // Node 22's own zstd stream ends quietly with the first frame, and where the data are cut: it is not used.
  const child = await startProgram(compression, signal);
  if (child !== undefined) return throughProgram(compression, child, raw.chunks);
  if (compression === "zstd") return throughFzstd(raw.chunks);
  if (compression === "xz") return throughXzDecompress(raw.chunks);
  throw new ProgramMissingError(compression, PROGRAMS[compression][0]);
}

/** Slow, but it needs no program. */
async function* throughFzstd(raw: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
  const { Decompress } = await import("fzstd");
  const made: Uint8Array[] = [];
  const decoder = new Decompress((chunk) => made.push(chunk));
  const push = (chunk: Uint8Array, final: boolean): SourceError | undefined => {
    try {
      decoder.push(chunk, final);
      return undefined;
    } catch (error) {
      const text = error instanceof Error ? error.message : String(error);
      if (/unexpected eof/i.test(text)) return cutError("zstd");
      return new SourceError("damaged", `zstd data are damaged (${text})`);
    }
  };
  for await (const chunk of raw) {
    const failure = push(chunk.slice(), false); // a copy, since it keeps what it cannot use yet
    yield* made.splice(0);
    if (failure !== undefined) throw failure;
  }
  const failure = push(new Uint8Array(0), true);
  yield* made.splice(0);
  if (failure !== undefined) throw failure;
}

async function* throughXzDecompress(raw: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
  const { XzReadableStream } = (await import("xz-decompress")).default;
  const iterator = raw[Symbol.asyncIterator]();
  const input = new ReadableStream<Uint8Array>({
    async pull(controller): Promise<void> {
      const result = await iterator.next();
      if (result.done === true) controller.close();
      else controller.enqueue(result.value.slice()); // a copy, since it may have to wait in the queue
    },
  });
  const reader = new XzReadableStream(input as never).getReader();
  try {
    for (;;) {
      const result = await reader.read();
      if (result.done) return;
      yield result.value as Uint8Array;
    }
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    throw new SourceError("damaged", `xz data are damaged (${text})`);
  }
}
