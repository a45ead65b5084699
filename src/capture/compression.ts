import { ReadableStream } from "node:stream/web";
import { createGunzip } from "node:zlib";
import { SourceError } from "./bytes.ts";
import { cutError, type CompressedInput, type Compression } from "./compressed-input.ts";
import { PROGRAMS, startProgram, throughProgram } from "./through-program.ts";
import { throughZlib } from "./through-zlib.ts";

/** No way to read a compression on this machine. */
export class ProgramMissingError extends Error {
  readonly program: string;
  constructor(compression: Compression, program: string) {
    super(
      `is compressed with ${compression}, and the program "${program}" that would read it is not installed`,
    );
    this.name = "ProgramMissingError";
    this.program = program;
  }
}

/** Compression by the first 12 bytes (or all there are); undefined when it is none that is known. */
export function compressionOf(view: DataView, at: number, length: number): Compression | undefined {
  if (length < 3) return undefined;
  const start = view.getUint16(at);
  if (start === 0x1f8b && view.getUint8(at + 2) === 8) return "gzip"; // RFC 1952, section 2.3.1
  if (length < 4) return undefined;
  const word = view.getUint32(at);
  // RFC 8878: a frame, or a skippable frame, which lz4 has too but nobody begins a capture with.
  if (word === 0x28b52ffd || (word & 0xf0ffffff) >>> 0 === 0x502a4d18) return "zstd";
  if (word === 0x04224d18 || word === 0x02214c18) return "lz4"; // frame format, and the older one
  if (word === 0xfd377a58 && length >= 6 && view.getUint16(at + 4) === 0x5a00) return "xz";
  const isBzip2 = word >>> 8 === 0x425a68 && (word & 0xff) >= 0x31 && (word & 0xff) <= 0x39;
  return isBzip2 ? "bzip2" : undefined;
}

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
    const failure = push(chunk, false);
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
      else controller.enqueue(result.value);
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
