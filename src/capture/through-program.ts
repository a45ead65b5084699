import { spawn, type ChildProcessByStdio } from "node:child_process";
import { once } from "node:events";
import type { Readable, Writable } from "node:stream";
import { grouped } from "../count-text.ts";
import { SourceError } from "./bytes.ts";
import { cutError, type Compression } from "./compressed-input.ts";
import { programPath } from "./program-path.ts";
import { XzTail } from "./xz-tail.ts";

/** What a decompressor program is called, and how it is told to write to standard output. */
export const PROGRAMS: Readonly<Record<Exclude<Compression, "gzip">, readonly [string, ...string[]]>> = {
  zstd: ["zstd", "-dcq"],
  lz4: ["lz4", "-dcq"],
  xz: ["xz", "-dcq", "--memlimit-decompress=512MiB"],
  bzip2: ["bzip2", "-dc"],
};

/** What a failing program may say, in bytes. */
const MAX_COMPLAINT = 2000;

export type Program = ChildProcessByStdio<Writable, Readable, Readable>;

function spawnProgram(program: string, options: readonly string[], signal: AbortSignal): Program {
  return spawn(program, options, {
    stdio: ["pipe", "pipe", "pipe"],
    env: { ...process.env, LC_ALL: "C" },
    signal,
    killSignal: "SIGKILL",
    windowsHide: true,
  });
}

/** Starts the program. The answer is the running program; undefined when it is not installed. */
export async function startProgram(
  compression: Exclude<Compression, "gzip">,
  signal: AbortSignal,
): Promise<Program | undefined> {
  const [name, ...options] = PROGRAMS[compression];
  const program = programPath(name);
  if (program === undefined) return undefined;
  const child = spawnProgram(program, options, signal);
  child.stdin.on("error", () => undefined); // it stopped reading: its exit status says why
  try {
    await once(child, "spawn");
  } catch {
    return undefined;
  }
  child.on("error", () => undefined); // the signal
  return child;
}

export async function* throughProgram(
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
  const tail = compression === "xz" ? new XzTail() : undefined;
  void feed(child, raw, tail).catch((error: unknown) => (failure = error));
  try {
    for await (const chunk of child.stdout) yield chunk as Uint8Array;
    const [status] = await closed;
    if (failure !== undefined) throw failure;
    // bzip2 passes over what follows its data, and is content.
    if (status !== 0 || /trailing garbage/i.test(complaint)) throw programError(compression, complaint, tail);
  } finally {
    child.kill("SIGKILL");
  }
}

async function feed(child: Program, raw: AsyncIterable<Uint8Array>, tail: XzTail | undefined): Promise<void> {
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
      tail?.saw(chunk);
      if (child.stdin.write(Buffer.from(chunk))) continue; // a copy, since it may have to wait in the pipe's queue
      await new Promise<void>((resolve) => {
        wake = resolve;
        if (closed) resolve();
      });
    }
  } finally {
    child.stdin.end();
  }
}

function programError(compression: Compression, complaint: string, tail: XzTail | undefined): SourceError {
  if (/unexpected end|ends unexpectedly|unexpected eof|premature end|unfinished stream/i.test(complaint)) {
    const at = tail?.strayAt;
    if (at === undefined) return cutError(compression);
    return new SourceError(
      "damaged",
      `${compression} data are damaged (at byte ${grouped(at)} of the input something else follows them)`,
    );
  }
  const said = complaint.replace(/\s+/g, " ").trim();
  return new SourceError("damaged", `${compression} data are damaged${said === "" ? "" : ` (${said})`}`);
}
