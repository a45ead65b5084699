import type { Command } from "commander";
import { addInputOptions } from "./input-options.ts";
import { addReportOptions } from "./report-options.ts";
import { statusOf } from "./run-result.ts";
import { STRICT_CAPTURES } from "./strict-option.ts";
import type { RawClassifyOptions } from "./run-classify.ts";

/** `o365flow classify`: one row a flow. */
export function registerClassify(program: Command): void {
  const command = program
    .command("classify")
    .description("one row per flow: what it is, where it went, what was expected");
  command.argument("[capture...]", "captures: files, folders, globs; - is standard input");
  addInputOptions(command);
  addReportOptions(command)
    .option("--only <words>", "only rows with one of these verdicts or symmetries (comma-separated)")
    .option("--fail-on <words>", "exit with status 1 when a row has one of these verdicts or symmetries")
    .option("--since <time>", "only flows that end at this time or later (ISO 8601 or seconds since 1970)")
    .option("--until <time>", "only flows that start before this time")
    .option(...STRICT_CAPTURES)
    .option("-q, --quiet", "no notes on standard error")
    .option("-v, --verbose", "more notes: every oddity in the traffic, every problem with a capture");
  command.action(async (captures: string[], raw: RawClassifyOptions) => {
    const { runClassify } = await import("./run-classify.ts");
    const result = await runClassify(captures, raw);
    command.setOptionValue("exitStatus", statusOf(result, raw.strict === true));
  });
}
