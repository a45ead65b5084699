import type { Command } from "commander";
import { addReportOptions, FORMATS_WITHOUT_PAGE } from "./report-options.ts";
import { statusOf } from "./run-result.ts";
import { STRICT_RESULTS } from "./strict-option.ts";
import type { RawCompareOptions } from "./run-compare.ts";

/** `o365flow compare`: what changed between two results. */
export function registerCompare(program: Command): void {
  const command = program
    .command("compare")
    .description(
      "what changed between two results: flows, services and subnets with another path, symmetry or quality",
    )
    .argument("<before>", "a result of classify (CSV, TSV, JSON, NDJSON, Parquet) or an audit's folder")
    .argument("<after>", "the result after the change; - is standard input");
  addReportOptions(command, FORMATS_WITHOUT_PAGE)
    .option("--by <key>", "group flows on your side by host or by subnet (/24, IPv6 /64)", "host")
    .option("--threshold <points>", "how many percentage points a share of flows must change to count", "1")
    .option("--all", "also show what is unchanged, what appeared and what is gone")
    .option("--only <words>", "only rows with one of these levels, changes or trends (comma-separated)")
    .option(
      "--fail-on <words>",
      "exit with status 1 when something changed in one of these ways: path, link, symmetry, quality, appeared, gone, worse, better",
    )
    .option(...STRICT_RESULTS)
    .option("-q, --quiet", "no notes on standard error");
  command.action(async (before: string, after: string, raw: RawCompareOptions) => {
    const { runCompare } = await import("./run-compare.ts");
    command.setOptionValue("exitStatus", statusOf(await runCompare(before, after, raw), raw.strict === true));
  });
}
