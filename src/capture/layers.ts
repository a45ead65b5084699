import { constants, createReadStream, openSync } from "node:fs";
import { stat } from "node:fs/promises";
import { Socket } from "node:net";
import type { Readable } from "node:stream";
import { ChunkedBytes, SourceError, type ByteSource } from "./bytes.ts";
import { COMPRESSED_CHUNK, type Compression, ZLIB_CHUNK } from "./compressed-input.ts";
import { ProgramMissingError, compressionOf } from "./compression.ts";
import { terminalSafe } from "../files/shown-name.ts";
import { CaptureError } from "./errors.ts";
import { FileBytes, type OnBytes } from "./file-bytes.ts";
import { pathError } from "./path-error.ts";
import { PipeBytes } from "./pipe-bytes.ts";
import { standardInput } from "./standard-input.ts";
import { ByteWindow } from "./window.ts";

/** Bytes that the kinds of compression are told apart by. */
const SAMPLE_LENGTH = 12;
/** Compressions inside each other that are undone. */
const MAX_LAYERS = 3;

/** A capture's bytes with every compression undone, and what lies under them. */
export interface CaptureBytes {
  /** Stands at the first byte; at least 12 are there, or all. */
  readonly window: ByteWindow;
  /** "", "gzip", or several from the outside in: "zstd+gzip". */
  readonly compression: string;
  /** Size of the input as it is stored; undefined for pipes and streams. */
  readonly size: number | undefined;
  /** The window over the stored bytes; its `bytesRead` tells how far the input was read. */
  readonly stored: ByteWindow;
  close(): void;
}

export interface OpenBytesOptions {
  readonly chunkLength: number;
  /** Ends a wait for the first bytes; they are none then. */
  readonly signal?: AbortSignal | undefined;
  /** Sees a regular file's bytes as they are stored, once each, in their order. */
  readonly onBytes?: OnBytes | undefined;
}

/** Opens a file, pipe or stream. Throws `CaptureError` when there is nothing to read, or no way to decompress it. */
export async function openBytes(
  source: string | Readable,
  name: string,
  path: string,
  { chunkLength, signal, onBytes }: OpenBytesOptions,
): Promise<CaptureBytes> {
  const sources: ByteSource[] = [];
  const helpers = new AbortController();
  const close = (): void => {
    helpers.abort();
    for (const each of sources.splice(0)) each.close();
  };
  signal?.addEventListener("abort", close);
  try {
    const kind = typeof source === "string" ? await kindOf(source, name) : undefined;
    const size = kind?.size;
    const base = open(source, kind, name, onBytes);
    sources.push(base);
    const stored = new ByteWindow(base, chunkLength, size);
    let window = stored;
    const compressions: Compression[] = [];
    for (;;) {
      await window.atLeast(SAMPLE_LENGTH);
      const compression = compressionOf(window.view, window.position, window.end - window.position);
      if (compression === undefined || compressions.length === MAX_LAYERS) break;
      compressions.push(compression);
      const first = compressions.length === 1;
      const most = compression === "gzip" ? ZLIB_CHUNK : COMPRESSED_CHUNK;
      const again =
        first && typeof source === "string" && size !== undefined
          ? () => reread(source, chunkLength, size, most)
          : undefined;
      const { decompress } = await import("./decompress.ts");
      const chunks = await decompress(compression, { chunks: chunksOf(window, most), again }, helpers.signal);
      const layer = new ChunkedBytes(chunks, () => undefined);
      sources.push(layer);
      window = new ByteWindow(layer, chunkLength);
    }
    if (stored.bytesRead === 0 && stored.source.failure === undefined) {
      const said =
        path === "-"
          ? "standard input is empty: did the program before it fail?"
          : `${terminalSafe(name)} is empty`;
      throw new CaptureError("empty", path, said);
    }
    return { window, compression: compressions.join("+"), size, stored, close };
  } catch (error) {
    close();
    if (error instanceof ProgramMissingError) {
      const message = `${terminalSafe(name)} ${error.message}; install it, or decompress the capture first`;
      throw new CaptureError("program-missing", path, message);
    }
    throw error;
  } finally {
    signal?.removeEventListener("abort", close);
  }
}

interface FileKind {
  /** Of a regular file; undefined for a pipe or a device. */
  readonly size: number | undefined;
  readonly isPipe: boolean;
}

async function kindOf(path: string, name: string): Promise<FileKind> {
  const shown = terminalSafe(name);
  try {
    const found = await stat(path);
    if (found.isDirectory())
      throw new CaptureError("directory", path, `${shown} is a directory, not a capture`);
    if (!found.isFile()) return { size: undefined, isPipe: found.isFIFO() };
    if (found.size === 0) throw new CaptureError("empty", path, `${shown} is empty`);
    return { size: found.size, isPipe: false };
  } catch (error) {
    throw error instanceof CaptureError ? error : pathError(error, path, terminalSafe(path));
  }
}

function open(
  source: string | Readable,
  kind: FileKind | undefined,
  name: string,
  onBytes: OnBytes | undefined,
): ByteSource {
  if (typeof source !== "string")
    return standardInput(source) ?? new ChunkedBytes(bytesOf(source), () => source.destroy());
  // Elsewhere than on Linux, a pipe that nobody writes yet looks as if it were at its end.
  if (kind?.isPipe === true && process.platform === "linux") return openPipe(source, name);
  if (kind?.size === undefined) {
    const stream = createReadStream(source, { highWaterMark: 65_536 });
    return new ChunkedBytes(bytesOf(stream), () => stream.destroy());
  }
  try {
    return new FileBytes(openSync(source, "r"), { onBytes });
  } catch (error) {
    throw pathError(error, source, terminalSafe(name));
  }
}

/**
 * Opens a named pipe without waiting for who writes it. A wait inside the system call would keep a thread of Node.js, and
 * with it the program, whatever signal comes.
 */
function openPipe(path: string, name: string): ByteSource {
  try {
    const fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    return new PipeBytes(new Socket({ fd, readable: true, writable: false }), fd);
  } catch (error) {
    throw pathError(error, path, terminalSafe(name));
  }
}

/** A stream's chunks as bytes, also where somebody has set an encoding on it. */
async function* bytesOf(stream: Readable): AsyncIterable<Uint8Array> {
  for await (const chunk of stream) {
    yield typeof chunk === "string" ? Buffer.from(chunk, "latin1") : (chunk as Uint8Array);
  }
}

/** What is in a window and what comes after it, in chunks that hold until the next one is asked for. */
async function* chunksOf(window: ByteWindow, most: number): AsyncIterable<Uint8Array> {
  for (;;) {
    const chunk = await window.lend(most);
    if (chunk === undefined) break;
    yield chunk;
  }
  const failure = window.source.failure;
  if (failure !== undefined) throw new SourceError(failure.kind, failure.text);
}

async function* reread(
  path: string,
  chunkLength: number,
  size: number,
  most: number,
): AsyncIterable<Uint8Array> {
  const descriptor = openSync(path, "r");
  const source = new FileBytes(descriptor);
  try {
    yield* chunksOf(new ByteWindow(source, chunkLength, size), most);
  } finally {
    source.close();
  }
}
