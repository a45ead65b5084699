import { readFileSync } from "node:fs";
import { Command, CommanderError } from "commander";
import { terminalSafe } from "../report/cells.ts";
import { registerClassify } from "./classify-command.ts";
import { EXIT_FAULT, EXIT_OK, EXIT_USAGE } from "./exit.ts";

/** Version of the program, from its package. */
export function version(): string {
  const text = readFileSync(new URL("../../package.json", import.meta.url), "utf8");
  return (JSON.parse(text) as { version: string }).version;
}

/** The command line with all its commands. */
export function buildProgram(): Command {
  const program = new Command("o365flow");
  program
    .description(
      "Tells from packet captures which Office 365 flows took ExpressRoute, which the Internet,\n" +
        "and where the way back differs from the way out.",
    )
    .version(version(), "-V, --version", "print the version")
    .helpOption("-h, --help", "print this help")
    .showSuggestionAfterError()
    .configureHelp({ showGlobalOptions: true });
  registerClassify(program);
  return program;
}

/** Runs the command line; the answer is the exit status. Never throws. */
export async function run(args: readonly string[]): Promise<number> {
  const program = buildProgram();
  exitInsteadOfLeaving(program);
  let status: number = EXIT_OK;
  program.hook("postAction", (_self, action) => {
    const answered: unknown = action.getOptionValue("exitStatus");
    if (typeof answered === "number") status = answered;
  });
  try {
    await program.parseAsync([...args], { from: "user" });
    return status;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT_OK : EXIT_USAGE;
    return report(error);
  }
}

/** Commander would end the process; every command is told to throw instead. */
function exitInsteadOfLeaving(command: Command): void {
  command.exitOverride();
  for (const child of command.commands) exitInsteadOfLeaving(child);
}

/** Errors that a user can mend: their messages say what and where. Everything else is a fault of ours. */
const USER_ERRORS = new Set([
  "UsageError",
  "SiteError",
  "RouteTableError",
  "CaptureError",
  "EndpointDataError",
]);

function report(error: unknown): number {
  if (error instanceof Error && USER_ERRORS.has(error.name)) {
    for (const line of error.message.split("\n")) process.stderr.write(`o365flow: ${terminalSafe(line)}\n`);
    return EXIT_USAGE;
  }
  const code = (error as NodeJS.ErrnoException).code;
  // The reader of our output went away: that is its right, and no fault.
  if (code === "EPIPE") return EXIT_OK;
  if (error instanceof Error && code !== undefined && "syscall" in error) {
    process.stderr.write(`o365flow: ${terminalSafe(error.message)}\n`);
    return EXIT_USAGE;
  }
  process.stderr.write(
    `o365flow: a fault of the program itself, please report it:\n${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`,
  );
  return EXIT_FAULT;
}
