import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import type { Readable } from "node:stream";

const CHUNK_BYTES = 65_536;
const MIB = 2 ** 20;

/** A site description or policy, most of it comments if it is that long: `readYaml` bounds what else stands in it. */
export const MOST_YAML_BYTES: number = 16 * MIB;
/** A list that a program makes, of captures or of subnets: hundreds of thousands of lines. */
export const MOST_LIST_BYTES: number = 64 * MIB;
/** A router's table: `show bgp` of the whole Internet has some 150 MB. A text of 512 MiB is more than the engine has. */
export const MOST_TABLE_BYTES: number = 500 * MIB;

/**
 * All bytes of a file that somebody names, at most so many: a device or a pipe may never end. Throws what `fs` throws, or a
 * RangeError whose message says how many bytes were wanted at most.
 */
export function readWholeFile(path: string, mostBytes: number): Buffer {
  const file = openSync(path, "r");
  try {
    const { size } = fstatSync(file);
    if (size > mostBytes) throw tooLarge(mostBytes);
    // A pipe has no size, and a file may grow meanwhile.
    let bytes = Buffer.allocUnsafe(Math.min(size, mostBytes) + CHUNK_BYTES);
    let length = 0;
    for (;;) {
      const read = readSync(file, bytes, length, bytes.length - length, null);
      if (read === 0) return bytes.subarray(0, length);
      length += read;
      if (length > mostBytes) throw tooLarge(mostBytes);
      if (length === bytes.length) {
        const larger = Buffer.allocUnsafe(2 * length);
        bytes.copy(larger, 0, 0, length);
        bytes = larger;
      }
    }
  } finally {
    closeSync(file);
  }
}

/** All bytes of a stream, at most so many; else throws as `readWholeFile` does. */
export async function readWholeStream(stream: Readable, mostBytes: number): Promise<Buffer> {
  const parts: Buffer[] = [];
  let length = 0;
  for await (const part of stream) {
    const bytes = Buffer.from(part as string | Uint8Array);
    length += bytes.length;
    if (length > mostBytes) throw tooLarge(mostBytes);
    parts.push(bytes);
  }
  return Buffer.concat(parts);
}

/** What stopped a file from being read: "ENOENT". */
export function reasonOf(error: unknown): string {
  if (error instanceof Error && "code" in error && typeof error.code === "string") return error.code;
  return error instanceof Error ? error.message : String(error);
}

function tooLarge(mostBytes: number): RangeError {
  return new RangeError(
    `larger than ${Math.ceil(mostBytes / MIB)} MiB, the most that is read of such a file`,
  );
}
