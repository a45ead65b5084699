import type { Readable } from "node:stream";
import type { CaptureError } from "./errors.ts";

/** One capture to read. */
export interface CaptureInput {
  /** Base name of the file, or "-". */
  readonly name: string;
  /** As given or found; "-" for standard input. */
  readonly path: string;
  /** What to hand to `openCapture`. */
  readonly source: string | Readable;
}

/** A file of a folder that was left out, and why. It changes nothing about the exit status. */
export interface SkippedInput {
  readonly path: string;
  readonly reason: string;
}

export interface ExpandedInputs {
  /** Each capture once, ordered by base name, then path. */
  readonly inputs: readonly CaptureInput[];
  readonly skipped: readonly SkippedInput[];
  /** Paths that do not exist, globs that match nothing. */
  readonly errors: readonly CaptureError[];
}

export interface ExpandOptions {
  /** Also the folders inside folders. */
  readonly recursive?: boolean;
  /** A file with one path a line (or separated by NUL bytes); "-" reads the list from standard input. */
  readonly filesFrom?: string;
  /** What "-" stands for; process.stdin when left out. */
  readonly stdin?: Readable;
}

/** Turns what a user names (files, folders, globs, "-") into captures to read. */
export async function expandInputs(
  paths: readonly string[],
  options: ExpandOptions = {},
): Promise<ExpandedInputs> {
  void paths;
  void options;
  throw new Error("being written");
}
