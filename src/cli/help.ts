import { existsSync } from "node:fs";
import type { Command } from "commander";
import { terminalSafe } from "../files/shown-name.ts";
import { nearest } from "../site/nearest.ts";
import { UsageError } from "./exit.ts";

/** A misspelt option, a missing argument: behind what is wrong, where it is said what there is. */
export function pointToHelp(command: Command, line: string): void {
  command.showHelpAfterError(`${line} lists what there is`);
  for (const child of command.commands) pointToHelp(child, `${line} ${child.name()}`);
}

/** What `help site check` is about; options behind it mean nothing there. */
export function commandNamed(program: Command, words: readonly string[]): Command {
  let found = program;
  let line = "o365flow help";
  for (const word of words) {
    if (word.startsWith("-") || (word === "help" && found === program)) break;
    const next = found.commands.find((command) => command.name() === word);
    if (next === undefined) {
      if (found !== program && found.commands.length === 0) break; // words that are no commands: `help lookup 52.112.0.1`
      const meant = nearest(
        word,
        found.commands.map((command) => command.name()),
      );
      const suggested = meant === undefined ? "" : `; did you mean ${meant}?`;
      throw new UsageError(`help ${word}: no such command${suggested}; ${line} lists them`);
    }
    found = next;
    line += ` ${word}`;
  }
  return found;
}

/** A file whose name begins as options do is taken for some. */
export function hintAtFiles(args: readonly string[]): void {
  const file = args.find((arg) => arg.startsWith("-") && arg !== "-" && arg !== "--" && existsSync(arg));
  if (file !== undefined)
    process.stderr.write(`${terminalSafe(file)} is a file: write ./${terminalSafe(file)}\n`);
}
