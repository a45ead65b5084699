import type { Command } from "commander";
import { addInputOptions } from "./input-options.ts";
import { STRICT_CAPTURES } from "./strict-option.ts";
import type { RawExplainOptions } from "./run-explain.ts";

/** `o365flow explain`: one flow's decision in plain words. */
export function registerExplain(program: Command): void {
  const command = program
    .command("explain")
    .description("one flow's decision in plain words, evidence by packet number");
  command.argument(
    "<capture-and-flow...>",
    "captures, then the flow: a flow_id, a Community ID, a packet number (of several captures NAME#NUMBER), or IP:PORT-IP:PORT",
  );
  addInputOptions(command)
    .option("--json", "as JSON")
    .option(...STRICT_CAPTURES)
    .option("-q, --quiet", "no notes on standard error");
  command.action(async (words: string[], raw: RawExplainOptions) => {
    const { runExplain } = await import("./run-explain.ts");
    command.setOptionValue("exitStatus", await runExplain(words, raw));
  });
}
