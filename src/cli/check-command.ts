import type { Command } from "commander";
import { addReportOptions, FORMATS_WITHOUT_PAGE, type RawReportOptions } from "./report-options.ts";
import { statusOf } from "./run-result.ts";
import { STRICT_RESULTS } from "./strict-option.ts";

/** Options of `check`, as commander hands them over. */
export interface RawCheckOptions extends RawReportOptions {
  readonly policy: string;
  readonly strict?: boolean;
  readonly quiet?: boolean;
}

/** Forms that violations can have. */
export const CHECK_FORMATS: readonly string[] = [...FORMATS_WITHOUT_PAGE, "junit", "sarif"];

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
