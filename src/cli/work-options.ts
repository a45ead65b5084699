import { availableParallelism, totalmem } from "node:os";
import type { Command } from "commander";
import { UsageError } from "./exit.ts";
import { sizeOption } from "./size-option.ts";

/** Options of who does an audit's tasks. */
export interface RawWorkOptions {
  readonly jobs?: string;
  readonly memory?: string;
  readonly stallTimeout?: string;
}

/** How much of the machine an audit may take. */
export interface WorkOptions {
  readonly jobs: number;
  readonly memoryBytes: number;
  readonly stallSeconds: number;
}

/** A thread is given this much at least, unless somebody asks for more threads. */
const BYTES_A_THREAD = 512 * 2 ** 20;
/** With less than this nothing can be done. */
const LEAST_BYTES = 256 * 2 ** 20;
/** The report of an audit was seen to come to its end with so much where calls never pause (bench/RESULTS.md). */
const REPORT_BYTES = 512 * 2 ** 20;

/** Options of threads besides `--jobs`: for `audit`, `worker` and `stage`. */
export function addWorkOptions(command: Command): Command {
  return command
    .option(
      "--memory <size>",
      "most memory for the whole program, such as 8GB; by default half of the machine's",
    )
    .option("--stall-timeout <seconds>", "stop a task that makes no progress for this long", "1800");
}

/** What to tell somebody who gives less memory than the report of a large audit may need; undefined where it is enough. */
export function memoryNote({ memoryBytes }: WorkOptions): string | undefined {
  if (memoryBytes >= REPORT_BYTES) return undefined;
  const given = Math.round(memoryBytes / 2 ** 20);
  return `with ${given} MB of memory, windows are read within it; the report may need 512 MB where calls never pause`;
}

export function workOptions(raw: RawWorkOptions): WorkOptions {
  const memoryBytes = sizeOption("--memory", raw.memory) ?? Math.floor(machineBytes() / 2);
  if (memoryBytes < LEAST_BYTES) throw new UsageError(`--memory ${raw.memory}: wanted at least 256MB`);
  const fitting = Math.max(1, Math.min(availableParallelism(), Math.floor(memoryBytes / BYTES_A_THREAD)));
  return {
    memoryBytes,
    jobs: whole("--jobs", raw.jobs, 256) ?? fitting,
    stallSeconds: whole("--stall-timeout", raw.stallTimeout, 10 ** 7) ?? 1800,
  };
}

function whole(option: string, text: string | undefined, most: number): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1 || value > most)
    throw new UsageError(`${option} ${text}: wanted a whole number from 1 to ${most}`);
  return value;
}

/** Of a container, where it has a limit of its own. */
function machineBytes(): number {
  const limit = process.constrainedMemory();
  return limit > 0 && limit < totalmem() ? limit : totalmem();
}
