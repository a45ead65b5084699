import type { Command } from "commander";
import { addReportOptions, CHECK_FORMATS } from "./report-options.ts";
import { statusOf } from "./run-result.ts";
import { STRICT_RESULTS } from "./strict-option.ts";
import type { RawCheckOptions } from "./run-check.ts";

/** `o365flow check`: a result held against a policy. */
export function registerCheck(program: Command): void {
  const command = program
    .command("check")
    .description(
      "hold a result against a policy: which flows violate which rule; exits with status 1 when a rule of severity error fails",
    )
    .argument(
      "<result>",
      "a result of classify (CSV, TSV, JSON, NDJSON, Parquet; - is standard input) or an audit's folder",
    )
    .requiredOption("-p, --policy <file>", "the rules (YAML or JSON); docs/policy.md has an example");
  addReportOptions(command, CHECK_FORMATS)
    .option(...STRICT_RESULTS)
    .option("-q, --quiet", "no notes on standard error");
  command.action(async (result: string, raw: RawCheckOptions) => {
    const { runCheck } = await import("./run-check.ts");
    command.setOptionValue("exitStatus", statusOf(await runCheck(result, raw), raw.strict === true));
  });
}
