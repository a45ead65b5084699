import type { Command } from "commander";
import { statusOf } from "./run-result.ts";
import { STRICT_RESULTS } from "./strict-option.ts";
import type { RawReportCommandOptions } from "./run-report.ts";

/** `o365flow report`: a result as one HTML file. */
export function registerReport(program: Command): void {
  const command = program
    .command("report")
    .description(
      "a result as one HTML file that needs no network: findings first, totals, a timeline, the flows",
    )
    .argument(
      "<result>",
      "a result of classify (CSV, TSV, JSON, NDJSON, Parquet; - is standard input) or an audit's folder",
    )
    .option("-o, --output <file>", "write to a file; standard output without it")
    .option("--rows <n>", "most flows in the table of the page, findings first; 5000 by default")
    .option("--title <text>", "the heading of the page")
    .option(...STRICT_RESULTS)
    .option("-q, --quiet", "no notes on standard error");
  command.action(async (result: string, raw: RawReportCommandOptions) => {
    const { runReport } = await import("./run-report.ts");
    command.setOptionValue("exitStatus", statusOf(await runReport(result, raw), raw.strict === true));
  });
}
