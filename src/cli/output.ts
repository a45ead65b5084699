import { createWriteStream } from "node:fs";
import { rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import type { Writable } from "node:stream";
import { renameOver } from "../files/held-file.ts";
import { found, isSame } from "../files/same-file.ts";
import { whyUnwritten } from "../files/whole-file.ts";
import { UsageError } from "./exit.ts";
import { targetOf } from "./output-target.ts";
import { isReaderGone } from "./reader-gone.ts";

/** Whether a name is standard output's, as /dev/stdout is. Where that is a file, it is one like others. */
function isStandardOutput(file: string): boolean {
  const there = found(file);
  return there?.isFile() === false && isSame(there, found(process.stdout.fd));
}

/** Endings of compressed files. */
const COMPRESSED = /\.(?:gz|bz2|xz|zst|zstd|lz4|lzma|br|zip)$/i;

/** Throws where a file's name says that it is compressed: what is written is not. */
export function refuseCompressed(file: string | undefined): void {
  if (file === undefined || !COMPRESSED.test(file)) return;
  const plain = file.replace(COMPRESSED, "");
  throw new UsageError(
    `${file}: output is not compressed; write ${plain}, or pipe standard output into a program that compresses`,
  );
}

/** Where a report goes: standard output, or a file that appears when it is complete. */
export class Output {
  readonly #stream: Writable;
  readonly #file: string | undefined;
  readonly #temporary: string | undefined;
  /** What is written beside the file stays, since it cannot take its place. */
  #isKept = false;
  #error: Error | undefined;
  #full = false;
  /** Whether the reader of a pipe went away, which is its right. */
  #isUnwanted = false;

  /** `file` undefined: standard output. */
  constructor(file: string | undefined) {
    if (file === undefined || isStandardOutput(file)) {
      this.#stream = process.stdout;
    } else {
      refuseCompressed(file);
      const target = targetOf(file);
      this.#file = target.path;
      if (target.replaceable)
        this.#temporary = join(dirname(target.path), `.${basename(target.path)}.${process.pid}.part`);
      this.#stream = createWriteStream(this.#temporary ?? target.path);
    }
    this.#stream.on("error", (error: NodeJS.ErrnoException) => {
      this.#isUnwanted ||= isReaderGone(error);
      // The name that the user gave, not that of the file beside it.
      this.#error ??=
        this.#file === undefined ? error : new UsageError(`cannot write ${file}: ${whyUnwritten(error)}`);
    });
  }

  /** True when the reader of a pipe went away: nothing more need be written. */
  get closed(): boolean {
    return this.#error !== undefined;
  }

  write(text: string | Uint8Array): void {
    if (text.length > 0 && this.#error === undefined) this.#full = !this.#stream.write(text) || this.#full;
  }

  /** A promise while the receiver is slow, else undefined. */
  drain(): Promise<void> | undefined {
    if (!this.#full || this.#error !== undefined) return undefined;
    return new Promise((resolve) => {
      const done = (): void => {
        this.#stream.off("drain", done);
        this.#stream.off("error", done);
        this.#stream.off("close", done);
        this.#full = false;
        resolve();
      };
      this.#stream.on("drain", done);
      this.#stream.on("error", done);
      this.#stream.on("close", done);
      if (!this.#stream.writableNeedDrain) done();
    });
  }

  /** Ends the report; a file gets its name now. Throws what went wrong with it, but for a pipe that was closed. */
  async end(): Promise<void> {
    if (this.#file === undefined) {
      await new Promise<void>((resolve) => {
        if (this.#error !== undefined) resolve();
        else this.#stream.write("", () => resolve());
      });
      if (this.#error !== undefined && !this.#isUnwanted)
        throw new UsageError(`cannot write standard output: ${this.#error.message}`);
      return;
    }
    await new Promise<void>((resolve) => {
      if (this.#error !== undefined) resolve();
      // Not when `end` calls back: of a full disk that is before the error is told.
      else this.#stream.once("close", () => resolve()).end();
    });
    if (this.#isUnwanted) return;
    if (this.#error !== undefined) {
      await this.#remove();
      throw this.#error;
    }
    if (this.#temporary !== undefined) await this.#takePlace(this.#temporary, this.#file);
  }

  /** Where that fails, what was hours of work stays beside the file, and is told of. */
  async #takePlace(temporary: string, file: string): Promise<void> {
    try {
      await renameOver(temporary, file);
    } catch (error) {
      this.#isKept = true;
      throw new UsageError(
        `cannot write ${file}: ${whyUnwritten(error)}. What was to be in it is in ${temporary}`,
      );
    }
  }

  /** Takes back a file that is not complete. */
  async abandon(): Promise<void> {
    if (this.#temporary === undefined || this.#isKept) return;
    // Not before it is closed: a file that is still being opened would come after its removal.
    if (!this.#stream.closed)
      await new Promise<void>((resolve) => this.#stream.once("close", () => resolve()).destroy());
    await this.#remove();
  }

  /** Says nothing of its own: where the file could not be made, that is told already. */
  async #remove(): Promise<void> {
    if (this.#temporary !== undefined) await rm(this.#temporary, { force: true }).catch(() => undefined);
  }
}
