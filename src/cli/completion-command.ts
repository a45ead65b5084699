import type { Command, Option } from "commander";
import { CLOUDS } from "../endpoints/clouds.ts";
import { PROGRESS_STYLES } from "./audit-progress.ts";
import { type CompletionCommand, SHELLS, completionScript } from "./completion-scripts.ts";
import { choice, FORMATS, FORMATS_WITHOUT_PAGE, ROW_FORMATS } from "./report-options.ts";

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
  const own: CompletionCommand = {
    path,
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
