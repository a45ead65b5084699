import type { Command } from "commander";
import { addInputOptions } from "./input-options.ts";
import { STRICT_CAPTURES } from "./strict-option.ts";
import type { RawDoctorOptions } from "./run-doctor.ts";

/** `o365flow doctor`: can these captures answer the question? */
export function registerDoctor(program: Command): void {
  const command = program
    .command("doctor")
    .description(
      "can these captures tell the paths? what is missing, what to declare, where to capture next",
    );
  command.argument("[capture...]", "captures: files, folders, globs; - is standard input");
  addInputOptions(command)
    .option("--json", "as JSON")
    .option("-o, --output <file>", "write to a file; .json means JSON")
    .option(...STRICT_CAPTURES)
    .option("-q, --quiet", "no notes on standard error");
  command.action(async (captures: string[], raw: RawDoctorOptions) => {
    const { runDoctor } = await import("./run-doctor.ts");
    command.setOptionValue("exitStatus", await runDoctor(captures, raw));
  });
}
