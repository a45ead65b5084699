import type { Command, Option } from "commander";
import { scenarioTable } from "../callflow/scenarios.ts";
import { CLOUDS } from "../words.ts";
import { PROGRESS_STYLES } from "./audit-progress.ts";
import { SHELLS, completionScript } from "./completion-scripts.ts";
import type { CompletionCommand } from "./completion-tree.ts";
import { choice, FORMATS, FORMATS_WITHOUT_PAGE, ROW_FORMATS } from "./report-options.ts";
import { TABLE_NAMES } from "./schema-command.ts";

/** Words that options take, where commander does not know them: of one command, or of all others. */
const VALUES: Readonly<Record<string, readonly string[]>> = {
  "--cloud": CLOUDS,
  "--format": FORMATS,
  "compare --format": FORMATS_WITHOUT_PAGE,
  "check --format": [...FORMATS_WITHOUT_PAGE, "junit", "sarif"],
  "audit --format": ["csv", "ndjson"],
  "query --format": ROW_FORMATS,
  "lookup --format": ROW_FORMATS,
  "endpoints show --format": ROW_FORMATS,
  "endpoints diff --format": ROW_FORMATS,
  "endpoints update --format": ROW_FORMATS,
  "scenarios --format": ["table", "json"],
  "--time": ["iso", "epoch"],
  "--eol": ["lf", "crlf"],
  "--color": ["auto", "always", "never"],
  "--as-of": ["capture", "latest"],
  "--by": ["host", "subnet"],
  "--progress": PROGRESS_STYLES,
};

/** Words that a command's arguments are; none for those that are no files and no fixed words either. */
function argumentWords(path: string): readonly string[] | undefined {
  switch (path) {
    case "completion":
      return SHELLS;
    case "schema":
      return TABLE_NAMES;
    case "scenarios":
      return scenarioTable().scenarios.map(({ id }) => id);
    case "lookup":
      return [];
    default:
      return undefined;
  }
}

/** `o365flow completion SHELL`: a script that completes commands and options, made from the command line itself. */
export function registerCompletion(program: Command): void {
  program
    .command("completion")
    .description("a completion script for a shell, on standard output")
    .argument("<shell>", SHELLS.join(", "))
    .action((name: string) => {
      const shell = choice("completion", name, SHELLS);
      process.stdout.write(completionScript(shell, program.name(), treeOf(program, "")));
    });
}

/** The command and all below it. */
function treeOf(command: Command, path: string): CompletionCommand[] {
  const children = command.commands.filter((child) => child.name() !== "help");
  const words = argumentWords(path);
  const own: CompletionCommand = {
    path,
    words: words ?? [],
    takesFiles: words === undefined && command.registeredArguments.length > 0,
    summary: command.description(),
    commands: children.map((child) => ({ name: child.name(), summary: child.description() })),
    options: command
      .createHelp()
      .visibleOptions(command)
      .map((option: Option) => {
        const flags = [option.short, option.long].filter((flag) => flag !== undefined && flag !== null);
        return {
          flags,
          summary: option.description,
          values: option.argChoices ?? VALUES[`${path} ${option.long}`] ?? VALUES[option.long ?? ""] ?? [],
          takesValue: option.required || option.optional,
        };
      }),
  };
  return [
    own,
    ...children.flatMap((child) => treeOf(child, path === "" ? child.name() : `${path} ${child.name()}`)),
  ];
}
