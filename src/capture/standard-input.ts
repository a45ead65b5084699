import { fstatSync } from "node:fs";
import type { Readable } from "node:stream";
import type { ByteSource } from "./bytes.ts";
import { FileBytes } from "./file-bytes.ts";
import { PipeBytes } from "./pipe-bytes.ts";

const DESCRIPTOR = 0;

/** The quickest way to the bytes of standard input; undefined where the stream itself is to be read. */
export function standardInput(stream: Readable): ByteSource | undefined {
  if (stream !== process.stdin || stream.readableEncoding !== null || process.platform === "win32")
    return undefined;
  try {
    const found = fstatSync(DESCRIPTOR);
    if (found.isFile()) return new FileBytes(DESCRIPTOR, { close: false });
    return found.isFIFO() ? new PipeBytes(stream, DESCRIPTOR) : undefined;
  } catch {
    return undefined; // the stream says what is wrong with it
  }
}
