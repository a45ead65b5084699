import { Command, CommanderError } from "commander";
import { terminalSafe } from "../files/shown-name.ts";
import { systemText } from "../files/whole-file.ts";
import { EXIT_FAULT, EXIT_OK, EXIT_USAGE, UsageError } from "./exit.ts";
import { commandNamed, hintAtFiles, pointToHelp } from "./help.ts";
import { isReaderGone } from "./reader-gone.ts";
import { version } from "./version.ts";

/** A command's name, what help says of it, and its module, which is loaded only when it is used. */
interface Entry {
  readonly name: string;
  readonly summary: string;
  load(): Promise<(program: Command) => unknown>;
}

const COMMANDS: readonly Entry[] = [
  {
    name: "classify",
    summary: "one row per flow: what it is, where it went, what was expected",
    load: async () => (await import("./classify-command.ts")).registerClassify,
  },
  {
    name: "calls",
    summary: "one row per call: who, which documented call flow, signaling and media paths, quality",
    load: async () => (await import("./calls-command.ts")).register,
  },
  {
    name: "scenarios",
    summary: "the documented call flows, as this program applies them",
    load: async () => (await import("./scenarios-command.ts")).register,
  },
  {
    name: "explain",
    summary: "one flow's decision in plain words, evidence by packet number",
    load: async () => (await import("./explain-command.ts")).registerExplain,
  },
  {
    name: "report",
    summary: "a result as one HTML file that needs no network: findings first, totals, a timeline, the flows",
    load: async () => (await import("./report-command.ts")).registerReport,
  },
  {
    name: "compare",
    summary: "what changed between two results: path, symmetry or quality of flows, services and subnets",
    load: async () => (await import("./compare-command.ts")).registerCompare,
  },
  {
    name: "check",
    summary: "hold a result against a policy: a gate for scripts, with JUnit and SARIF output",
    load: async () => (await import("./check-command.ts")).registerCheck,
  },
  {
    name: "doctor",
    summary: "can these captures tell the paths? what is missing, what to declare, where to capture next",
    load: async () => (await import("./doctor-command.ts")).registerDoctor,
  },
  {
    name: "annotate",
    summary: "write the findings as a pcapng with packet comments, for Wireshark",
    load: async () => (await import("./annotate-command.ts")).registerAnnotate,
  },
  {
    name: "lookup",
    summary: "which endpoint sets hold an address, prefix or name, and whether it may take ExpressRoute",
    load: async () => (await import("./lookup.ts")).register,
  },
  {
    name: "endpoints",
    summary: "the endpoint lists: show, compare, update",
    load: async () => (await import("./endpoints-command.ts")).register,
  },
  {
    name: "site",
    summary: "write, validate or propose a site description",
    load: async () => (await import("./site-command.ts")).register,
  },
  {
    name: "audit",
    summary: "one answer over an archive of captures: resumable, parallel, on one machine or many",
    load: async () => (await import("./audit-command.ts")).registerAudit,
  },
  {
    name: "worker",
    summary: "do the tasks of audits that a queue hands out",
    load: async () => (await import("./worker-command.ts")).registerWorker,
  },
  {
    name: "stage",
    summary: "a share of one stage of an audit, for Slurm arrays and Kubernetes jobs",
    load: async () => (await import("./stage-command.ts")).registerStage,
  },
  {
    name: "query",
    summary: "query the result of an audit in SQL, read-only",
    load: async () => (await import("./query-command.ts")).registerQuery,
  },
  {
    name: "schema",
    summary: "the columns of a report as JSON Schema: names, types, meaning",
    load: async () => (await import("./schema-command.ts")).registerSchema,
  },
  {
    name: "completion",
    summary: "a completion script for bash, zsh, fish or powershell",
    load: async () => (await import("./completion-command.ts")).registerCompletion,
  },
];

/** The command line; only the modules of the commands named in `only` are loaded, all without it. */
async function buildProgram(only?: readonly string[]): Promise<Command> {
  const program = new Command("o365flow");
  program
    .description(
      "Tells from packet captures which Office 365 flows took ExpressRoute, which the Internet, " +
        "and where the way back differs from the way out.",
    )
    .version(version(), "-V, --version", "print the version")
    .helpOption("-h, --help", "print this help")
    .configureHelp({ minWidthToWrap: 30 }) // so that 80 columns are enough beside the longest command, too
    .configureOutput({ outputError: (text, write) => write(terminalSafeLines(text)) })
    .helpCommand("help [command...]", "all options of a command")
    .showSuggestionAfterError();
  for (const { name, summary, load } of COMMANDS) {
    if (only === undefined || only.includes(name)) (await load())(program);
    else program.command(name).description(summary);
  }
  refuseSlips(program);
  pointToHelp(program, "o365flow help");
  return program;
}

/** Options that say how, not what: an alias or a script sets them, and the last one counts, as everywhere. */
const OVERRIDABLE = new Set(["format", "color", "columns", "time", "eol", "jobs", "memory", "progress"]);

/**
 * What the shell or a slip of the hand makes of a command line: an empty name, where a variable is not set; an option
 * given twice whose first value would not count, though the answer depends on it. `-o -` is standard output.
 */
function refuseSlips(command: Command): void {
  for (const option of command.options) {
    if (!(option.required || option.optional)) continue;
    let before: unknown;
    command.on(`option:${option.name()}`, (value: unknown) => {
      if (value === "")
        throw new UsageError(`${option.long ?? option.flags} has an empty value: is a variable not set?`);
      const isRepeatable =
        option.parseArg !== undefined || option.variadic || OVERRIDABLE.has(option.attributeName());
      if (!isRepeatable && before !== undefined && value !== before)
        throw new UsageError(
          `${option.long ?? option.flags} is given twice, ${String(before)} and ${String(value)}: only one counts`,
        );
      before = value;
      // As everywhere; a file of that name is ./-
      if (value === "-" && option.attributeName() === "output") command.setOptionValue("output", undefined);
    });
  }
  command.hook("preAction", (self, action) => {
    // SQL is no name: `query` says itself that it is empty.
    const names = action.name() === "query" ? action.args.slice(0, 1) : action.args;
    if (self === action && names.includes(""))
      throw new UsageError(`${action.name()}: a name is empty: is a variable not set?`);
  });
  for (const child of command.commands) refuseSlips(child);
}

/** Runs the command line; the answer is the exit status. Never throws. */
export async function run(args: readonly string[]): Promise<number> {
  try {
    const named = args[0] === "help" ? args.slice(1, 2) : args.slice(0, 1);
    const program = await buildProgram(named[0] === "completion" ? undefined : named);
    exitInsteadOfLeaving(program);
    let status: number = EXIT_OK;
    program.hook("postAction", (_self, action) => {
      const answered: unknown = action.getOptionValue("exitStatus");
      if (typeof answered === "number") status = answered;
    });
    if (args.length === 0) program.outputHelp();
    else if (args[0] === "help") commandNamed(program, args.slice(1)).outputHelp();
    else await program.parseAsync(named[0] === "query" ? args.map(sqlOf) : [...args], { from: "user" });
    return status === EXIT_OK && typeof process.exitCode === "number" ? process.exitCode : status;
  } catch (error) {
    if (error instanceof CommanderError) {
      if (error.code === "commander.unknownOption") hintAtFiles(args);
      return error.exitCode === 0 ? EXIT_OK : EXIT_USAGE;
    }
    return report(error);
  }
}

/** SQL may begin with a comment, which looks like an option: one that has a blank in its name. */
function sqlOf(argument: string): string {
  return /^--(?:\s|[^=\n]*\n)/.test(argument) ? ` ${argument}` : argument;
}

/** Commander's messages repeat what was asked, whatever it holds. */
function terminalSafeLines(text: string): string {
  return text.split("\n").map(terminalSafe).join("\n");
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
  "ResultError",
  "PolicyError",
  "AuditError",
  "FolderError",
]);

function report(error: unknown): number {
  if (error instanceof Error && USER_ERRORS.has(error.name)) {
    for (const line of error.message.split("\n")) process.stderr.write(`o365flow: ${terminalSafe(line)}\n`);
    return EXIT_USAGE;
  }
  if (isReaderGone(error)) return EXIT_OK;
  const said = systemText(error);
  if (said !== undefined) {
    process.stderr.write(`o365flow: ${terminalSafe(said)}\n`);
    return EXIT_USAGE;
  }
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  process.stderr.write(`o365flow: a fault of the program itself, please report it:\n${text}\n`);
  return EXIT_FAULT;
}
