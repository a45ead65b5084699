import { type Command, Option } from "commander";
import { addInputOptions } from "./input-options.ts";
import { STRICT_CAPTURES } from "./strict-option.ts";
import type { RawAnnotateOptions } from "./run-annotate.ts";

/** Verdicts and symmetries that are annotated unless others are asked for. */
const FINDINGS = ["asymmetric", "mixed", "return-missing", "internet-instead", "expressroute-instead"];

/** `o365flow annotate`: the packets of the findings, with comments, for Wireshark. */
export function registerAnnotate(program: Command): void {
  const command = program
    .command("annotate")
    .description("write the findings as a pcapng with packet comments, for Wireshark");
  command.argument("[capture...]", "captures: files, folders, globs");
  addInputOptions(command)
    .requiredOption("-w, --write <file>", "the pcapng to write; - is standard output")
    .addOption(
      new Option(
        "--only <words>",
        "flows with one of these verdicts or symmetries (comma-separated)",
      ).default(FINDINGS.join(","), FINDINGS.join(", ")),
    )
    .option("--keep-secrets", "also copy the captures' decryption secrets, such as TLS keys")
    .option(...STRICT_CAPTURES)
    .option("-q, --quiet", "no notes on standard error");
  command.action(async (captures: string[], raw: RawAnnotateOptions) => {
    const { runAnnotate } = await import("./run-annotate.ts");
    command.setOptionValue("exitStatus", await runAnnotate(captures, raw));
  });
}
