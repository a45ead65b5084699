import { spawn } from "node:child_process";
import { once } from "node:events";
import { ReadableStream } from "node:stream/web";
import type { Transform } from "node:stream";
import * as zlib from "node:zlib";
import { SourceError } from "./bytes.ts";

export type Compression = "gzip" | "zstd" | "lz4" | "xz" | "bzip2";

/** What a decompressor program is called, and how it is told to write to standard output. */
const PROGRAMS: Readonly<Record<Exclude<Compression, "gzip">, readonly [string, ...string[]]>> = {
  zstd: ["zstd", "-dcq"],
  lz4: ["lz4", "-dcq"],
  xz: ["xz", "-dcq", "--memlimit-decompress=512MiB"],
  bzip2: ["bzip2", "-dc"],
};

/** Compressed bytes that are given to a decoder at a time; at its best it makes a thousand times as many of them. */
export const COMPRESSED_CHUNK = 32_768;
/** The same where zlib failed: what it made of the failing chunk is lost, so the chunks become small. */
const CAREFUL_CHUNK = 8;
/** What a failing program may say, in bytes. */
const MAX_COMPLAINT = 2000;

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

/** Compressed bytes, in chunks of at most `COMPRESSED_CHUNK`. */
export interface CompressedInput {
  readonly chunks: AsyncIterable<Uint8Array>;
  /** The same chunks from the start; left out where the input can be read only once. */
  readonly again: (() => AsyncIterable<Uint8Array>) | undefined;
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
    return throughZlib(compression, () => zlib.createGunzip({ chunkSize: 131_072 }), raw);
  }
  const createZstd: unknown = Reflect.get(zlib, "createZstdDecompress"); // Node 22.15 and later
  if (compression === "zstd" && typeof createZstd === "function") {
    return throughZlib(compression, () => createZstd() as Transform, raw);
  }
  const child = await startProgram(compression, signal);
  if (child !== undefined) return throughProgram(compression, child, raw.chunks);
  if (compression === "zstd") return throughFzstd(raw.chunks);
  if (compression === "xz") return throughXzDecompress(raw.chunks);
  throw new ProgramMissingError(compression, PROGRAMS[compression][0]);
}

/**
 * One input chunk at a time, and all that it makes before the next. What zlib makes of a chunk that turns out to be
 * damaged is lost; where the input can be had again, a second decoder gets that chunk in small pieces.
 */
async function* throughZlib(
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

function cutError(compression: Compression): SourceError {
  return new SourceError("cut", `${compression} data end too soon`);
}

type Program = ReturnType<typeof spawnProgram>;

function spawnProgram(compression: Exclude<Compression, "gzip">, signal: AbortSignal) {
  const [program, ...options] = PROGRAMS[compression];
  return spawn(program, options, {
    stdio: ["pipe", "pipe", "pipe"],
    env: { ...process.env, LC_ALL: "C" },
    signal,
    killSignal: "SIGKILL",
    windowsHide: true,
  });
}

/** The running program; undefined when it is not installed. */
async function startProgram(
  compression: Exclude<Compression, "gzip">,
  signal: AbortSignal,
): Promise<Program | undefined> {
  const child = spawnProgram(compression, signal);
  child.stdin.on("error", () => undefined); // it stopped reading: its exit status says why
  try {
    await once(child, "spawn");
  } catch {
    return undefined;
  }
  child.on("error", () => undefined); // the signal
  return child;
}

async function* throughProgram(
  compression: Compression,
  child: Program,
  raw: AsyncIterable<Uint8Array>,
): AsyncIterable<Uint8Array> {
  let complaint = "";
  child.stderr.setEncoding("utf8");
  child.stderr.on("data", (text: string) => (complaint = (complaint + text).slice(0, MAX_COMPLAINT)));
  const closed = once(child, "close") as Promise<[number | null]>;
  closed.catch(() => undefined);
  let failure: unknown;
  void feed(child, raw).catch((error: unknown) => (failure = error));
  try {
    for await (const chunk of child.stdout) yield chunk as Uint8Array;
    const [status] = await closed;
    if (failure !== undefined) throw failure;
    if (status !== 0) throw programError(compression, complaint);
  } finally {
    child.kill("SIGKILL");
  }
}

async function feed(child: Program, raw: AsyncIterable<Uint8Array>): Promise<void> {
  let wake: (() => void) | undefined;
  let closed = false;
  child.stdin.on("drain", () => wake?.());
  child.on("close", () => {
    closed = true;
    wake?.();
  });
  try {
    for await (const chunk of raw) {
      if (closed || child.stdin.destroyed) return;
      if (child.stdin.write(chunk)) continue;
      await new Promise<void>((resolve) => {
        wake = resolve;
        if (closed) resolve();
      });
    }
  } finally {
    child.stdin.end();
  }
}

function programError(compression: Compression, complaint: string): SourceError {
  if (/unexpected end|ends unexpectedly|unexpected eof|premature end|unfinished stream/i.test(complaint)) {
    return cutError(compression);
  }
  const said = complaint.replace(/\s+/g, " ").trim();
  return new SourceError("damaged", `${compression} data are damaged${said === "" ? "" : ` (${said})`}`);
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
