import { Stats, statSync } from "node:fs";
import { lstat, readdir, realpath, stat } from "node:fs/promises";
import { basename, join } from "node:path";
import type { Readable } from "node:stream";
import { setImmediate } from "node:timers/promises";
import { compareText } from "../compare-text.ts";
import { MOST_LIST_BYTES, readWholeFile, readWholeStream } from "../files/whole-file.ts";
import { namesIn } from "../files/name-list.ts";
import { terminalSafe } from "../files/shown-name.ts";
import { CaptureError } from "./errors.ts";
import { pathsThatFit } from "./glob-paths.ts";
import { pathError } from "./path-error.ts";
import { openCapture } from "./reader.ts";

/** One capture to read. */
export interface CaptureInput {
  /** Base name of the file, or "-". */
  readonly name: string;
  /** As given or found; "-" for standard input. */
  readonly path: string;
  /** How messages name it where another input has the same base name: its path. */
  readonly shown?: string;
  /** What to hand to `openCapture`. */
  readonly source: string | Readable;
}

/** A file of a folder, or an empty list beside other names, that was left out, and why. It changes nothing about the exit status. */
export interface SkippedInput {
  readonly path: string;
  readonly reason: string;
}

export interface ExpandedInputs {
  /** Each capture once, ordered by base name, then path. */
  readonly inputs: readonly CaptureInput[];
  readonly skipped: readonly SkippedInput[];
  /** Paths that do not exist or cannot be listed, globs that match nothing. */
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

/** Names of a list that are asked for between two turns of the event loop. */
const NAMES_A_TURN = 1024;
/** Bytes of a folder's file that tell whether it is a capture. */
const GLANCE_LENGTH = 65_536;

/**
 * Turns what a user names (files, folders, globs, "-") into captures to read. A path that exists is taken as it is,
 * even if it looks like a glob. Files of folders that are no captures are left out; files named one by one are not
 * looked at here. The answer does not depend on the order of `paths`.
 */
export async function expandInputs(
  paths: readonly string[],
  options: ExpandOptions = {},
): Promise<ExpandedInputs> {
  const expansion = new Expansion(options);
  for (const path of paths) await expansion.add(path, "glob");
  if (options.filesFrom !== undefined) {
    let count = 0;
    // A list may have a name over and over.
    const listed = new Set(await expansion.list(options.filesFrom));
    if (listed.size === 0 && paths.length > 0) expansion.skipList(options.filesFrom);
    for (const path of listed) {
      await expansion.add(path, "plain");
      if (++count % NAMES_A_TURN === 0) await setImmediate();
    }
  }
  return expansion.result();
}

/** Order of captures everywhere: base name, then path. */
export function compareInputs(left: CaptureInput, right: CaptureInput): number {
  return compareText(left.name, right.name) || compareText(left.path, right.path);
}

/** Two names of one file are one capture, hard links, too. A pipe of the shell has a name that cannot be resolved. */
async function identityOf(path: string): Promise<string> {
  const found = await stat(path, { bigint: true }).catch(() => undefined);
  // Only where the system itself says that there are several names: not every network share has numbers that tell.
  if (found?.isFile() === true && found.nlink > 1n) return `${found.dev}:${found.ino}`;
  return realpath(path).catch(() => path);
}

/** What the system says of a name; undefined where it leads to nothing. An error made and caught for each is dear in long lists. */
function statOf(path: string): unknown {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch (error) {
    return error;
  }
}

/** Inputs with one base name, which are neighbours here, get names that messages can tell them by. */
function toldApart(sorted: readonly CaptureInput[]): CaptureInput[] {
  return sorted.map((input, i) => {
    const isShared = sorted[i - 1]?.name === input.name || sorted[i + 1]?.name === input.name;
    return isShared ? { ...input, shown: input.path } : input;
  });
}

class Expansion {
  readonly #options: ExpandOptions;
  readonly #found: { readonly input: CaptureInput; readonly identity: string }[] = [];
  readonly #skipped: SkippedInput[] = [];
  readonly #errors: CaptureError[] = [];
  readonly #folders = new Set<string>();
  #usesStdin = false;

  constructor(options: ExpandOptions) {
    this.#options = options;
  }

  async add(path: string, kind: "glob" | "plain"): Promise<void> {
    if (path === "-") {
      this.#addStdin();
      return;
    }
    const found = statOf(path);
    if (!(found instanceof Stats)) {
      if (kind === "glob" && (await this.#addGlob(path))) return;
      this.#fail(found, path);
    } else if (found.isDirectory()) {
      await this.#addFolder(path);
    } else {
      await this.#keep(path);
    }
  }

  /** Paths of a list file. */
  async list(listPath: string): Promise<readonly string[]> {
    try {
      const bytes = listPath === "-" ? await this.#readStdin() : readWholeFile(listPath, MOST_LIST_BYTES);
      const entries = namesIn(bytes);
      if (entries.includes("-")) {
        const said = 'has a line "-": standard input is named on the command line, not in a list';
        this.#errors.push(new CaptureError("unreadable", listPath, `${terminalSafe(listPath)} ${said}`));
      }
      return entries.filter((entry) => entry !== "-");
    } catch (error) {
      this.#fail(error, listPath, "the list of captures ");
      return [];
    }
  }

  /** A list without a name in it. */
  skipList(listPath: string): void {
    if (!this.#errors.some(({ path }) => path === listPath)) this.#skip(listPath, "it names no capture");
  }

  result(): ExpandedInputs {
    const inputs: CaptureInput[] = [];
    const seen = new Set<string>();
    for (const { input, identity } of this.#found.toSorted((a, b) => compareInputs(a.input, b.input))) {
      if (seen.has(identity)) continue;
      seen.add(identity);
      inputs.push(input);
    }
    return {
      inputs: toldApart(inputs),
      skipped: this.#skipped.toSorted((a, b) => compareText(a.path, b.path)),
      errors: this.#errors.toSorted((a, b) => compareText(a.path, b.path)),
    };
  }

  #addStdin(): void {
    if (this.#usesStdin) return;
    this.#usesStdin = true;
    const source = this.#options.stdin ?? process.stdin;
    this.#found.push({ input: { name: "-", path: "-", source }, identity: "-" });
  }

  #readStdin(): Promise<Buffer> {
    this.#usesStdin = true;
    return readWholeStream(this.#options.stdin ?? process.stdin, MOST_LIST_BYTES);
  }

  async #keep(path: string): Promise<void> {
    const identity = await identityOf(path);
    this.#found.push({ input: { name: basename(path), path, source: path }, identity });
  }

  async #addGlob(pattern: string): Promise<boolean> {
    const paths = await pathsThatFit(pattern);
    for (const path of paths ?? []) {
      if ((await stat(path).catch(() => undefined))?.isDirectory() === true) await this.#addFolder(path);
      else await this.#keep(path);
    }
    return paths !== undefined && paths.length > 0;
  }

  async #addFolder(folder: string): Promise<void> {
    // A link to a folder above would lead round in circles.
    const identity = await realpath(folder).catch(() => folder);
    if (this.#folders.has(identity)) return;
    this.#folders.add(identity);
    const entries = await readdir(folder).catch((error: unknown) => error);
    if (!Array.isArray(entries)) {
      this.#fail(entries, folder);
      return;
    }
    for (const entry of entries.toSorted(compareText)) {
      const path = join(folder, String(entry));
      const found = await stat(path).catch((error: unknown) => error);
      if (!(found instanceof Stats)) await this.#addUnknown(path, found);
      else if (found.isDirectory() && this.#options.recursive === true) await this.#addFolder(path);
      else if (found.isDirectory()) this.#skip(path, "is a folder inside a folder");
      else if (!found.isFile()) this.#skip(path, "is neither a file nor a folder");
      else await this.#addFileOfFolder(path);
    }
  }

  /** What a folder lists and the system says nothing of: it may well be a capture. */
  async #addUnknown(path: string, error: unknown): Promise<void> {
    if ((await lstat(path).catch(() => undefined))?.isSymbolicLink() === true)
      this.#skip(path, "is a link to nothing");
    else if (path.includes("\uFFFD"))
      // Node reads names as UTF-8; others it can list and not open.
      this.#errors.push(
        new CaptureError(
          "unreadable",
          path,
          `${terminalSafe(path)} cannot be read: its name is no UTF-8, rename it`,
        ),
      );
    else if (error instanceof Error && "code" in error && error.code === "ENOENT")
      this.#skip(path, "has gone meanwhile");
    else this.#fail(error, path);
  }

  async #addFileOfFolder(path: string): Promise<void> {
    try {
      (await openCapture(path, { chunkLength: GLANCE_LENGTH })).close();
    } catch (error) {
      if (!(error instanceof CaptureError)) throw error;
      // A capture that is broken is an input all the same: who reads it says so.
      if (error.code === "empty" || error.code === "not-a-capture") {
        this.#skip(path, error.message.slice(terminalSafe(basename(path)).length + 1));
        return;
      }
    }
    await this.#keep(path);
  }

  #skip(path: string, reason: string): void {
    this.#skipped.push({ path, reason });
  }

  #fail(error: unknown, path: string, what = ""): void {
    this.#errors.push(withoutStack(() => pathError(error, path, what + terminalSafe(path))));
  }
}

/** Makes an error that is told and never thrown: where it was made says nothing, and is two thirds of what it takes. */
function withoutStack<T>(make: () => T): T {
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = 0;
  try {
    return make();
  } finally {
    Error.stackTraceLimit = limit;
  }
}
