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

/** What stopped a file from being read, said behind its name: "does not exist", "cannot be read (EIO)". */
export function whyUnread(error: unknown): string {
  const reason = reasonOf(error);
  switch (reason) {
    case "ENOENT":
    case "ENOTDIR":
      return "does not exist";
    case "EACCES":
    case "EPERM":
      return "may not be read by this user";
    case "EISDIR":
      return "is a folder";
    default:
      return `cannot be read (${withMeaning(reason, MEANINGS)})`;
  }
}

/** The same alone, behind words that say what was done: "EIO, the disk or share fails". */
export function whyFailed(error: unknown): string {
  return withMeaning(reasonOf(error), MEANINGS);
}

/** An error of the system that nobody expected, in words: "FILE cannot be used (EIO, ...)"; undefined for any other error. */
export function systemText(error: unknown): string | undefined {
  if (!(error instanceof Error) || !("syscall" in error) || reasonOf(error) === error.message)
    return undefined;
  const subject = "path" in error && typeof error.path === "string" ? error.path : String(error.syscall);
  return `${subject} cannot be used (${withMeaning(reasonOf(error), { ...UNWRITTEN, ...UNUSED })})`;
}

function withMeaning(reason: string, meanings: Readonly<Record<string, string>>): string {
  const meaning = meanings[reason];
  return meaning === undefined ? reason : `${reason}, ${meaning}`;
}

/** The system's code behind "cannot write FILE", with what it means where that helps: "ENOENT, its folder does not exist". */
export function whyUnwritten(error: unknown, platform: NodeJS.Platform = process.platform): string {
  return withMeaning(reasonOf(error), platform === "win32" ? UNWRITTEN_ON_WINDOWS : UNWRITTEN);
}

const MEANINGS: Readonly<Record<string, string>> = {
  ELOOP: "links there lead round in a circle",
  ENAMETOOLONG: "the name is longer than the system allows",
  ENXIO: "it is a socket, or a device that is not there",
  EIO: "the disk or share fails",
  ESTALE: "the share has changed under it",
  EMFILE: "this process has too many files open",
  EBUSY: "another program uses it",
};

const UNWRITTEN: Readonly<Record<string, string>> = {
  ...MEANINGS,
  ENOENT: "its folder does not exist",
  ENOTDIR: "its folder is a file",
  EACCES: "this user may not write there",
  EPERM: "this user may not write there",
  EROFS: "what is mounted there is read-only",
  EISDIR: "it is a folder",
  ENOSPC: "no room is left there",
  EDQUOT: "no room is left of this user's quota",
  EFBIG: "files may not be so large there",
};

/** Windows says the same of a file that is open elsewhere, of one that is read-only, and of a folder that is somebody else's. */
const UNWRITTEN_ON_WINDOWS: Readonly<Record<string, string>> = {
  ...UNWRITTEN,
  EACCES: "another program has it open, or this user may not write there",
  EPERM: "another program has it open, or this user may not write there",
};

/** Where it is not known whether it was to be read or written. */
const UNUSED: Readonly<Record<string, string>> = {
  ENOENT: "it does not exist",
  ENOTDIR: "a folder in its name is a file",
  EACCES: "this user may not",
  EPERM: "this user may not",
};

/** What the system answered: "ENOENT". */
export function reasonOf(error: unknown): string {
  if (error instanceof Error && "code" in error && typeof error.code === "string") return error.code;
  return error instanceof Error ? error.message : String(error);
}

function tooLarge(mostBytes: number): RangeError {
  return new RangeError(
    `larger than ${Math.ceil(mostBytes / MIB)} MiB, the most that is read of such a file`,
  );
}
