import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { ROOT } from "../support/shared.ts";

export const PROGRAM: string = join(ROOT, "dist", "cli", "main.js");

/** A folder that does not exist: no endpoint lists of the user's own. */
export const NO_USER_DATA: string = join(ROOT, "dist", "no-user-data");

/** What a run of the built command line came to. */
export interface Run {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

// Lists that the user fetched would judge later captures otherwise than the delivered ones do.
const ENVIRONMENT = { ...process.env, XDG_DATA_HOME: NO_USER_DATA };

/** Runs the built command line as a user does: arguments in; standard output, standard error and exit status out. */
export function o365flow(
  args: readonly string[],
  options: { readonly cwd?: string; readonly input?: Uint8Array; readonly env?: Record<string, string> } = {},
): Run {
  const run = spawnSync(process.execPath, [PROGRAM, ...args], {
    cwd: options.cwd ?? ROOT,
    encoding: "utf8",
    maxBuffer: 1 << 28,
    env: { ...ENVIRONMENT, ...options.env },
    ...(options.input === undefined ? {} : { input: options.input }),
  });
  return { status: run.status, stdout: run.stdout, stderr: run.stderr };
}

/** One command line of many. */
export interface Command {
  readonly args: readonly string[];
  readonly cwd?: string;
}

/**
 * The same for many command lines, one after another in one process: most of what one costs is to start it. For tests
 * of what the program finds; how it starts, ends and is interrupted wants a process each.
 */
export function o365flowEach(commands: readonly Command[]): Run[] {
  if (commands.length === 0) return [];
  const run = spawnSync(process.execPath, [join(ROOT, "test", "cli", "each.mjs")], {
    encoding: "utf8",
    maxBuffer: 1 << 30,
    env: ENVIRONMENT,
    input: JSON.stringify(commands.map(({ args, cwd = ROOT }) => ({ args, cwd }))),
  });
  if (run.status !== 0)
    throw new Error(`many command lines in one process: status ${run.status}\n${run.stderr}`);
  return JSON.parse(run.stdout) as Run[];
}
