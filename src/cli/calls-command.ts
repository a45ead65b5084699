import type { Command } from "commander";
import { addInputOptions } from "./input-options.ts";
import { addReportOptions } from "./report-options.ts";
import { statusOf } from "./run-result.ts";
import { STRICT_CAPTURES } from "./strict-option.ts";
import type { RawCallsOptions } from "./run-calls.ts";

/** `o365flow calls`: one row a call. */
export function register(program: Command): void {
  const command = program
    .command("calls")
    .description(
      "one row per call: who, which documented call flow, where signaling and media went, how good",
    );
  command.argument("[capture...]", "captures: files, folders, globs; - is standard input");
  addInputOptions(command);
  addReportOptions(command)
    .option("--legs", "one row per leg of a call")
    .option(
      "--client <address>",
      "only calls of this user: an inside address, or the public address it was translated to",
    )
    .option(
      "--at <time>",
      "with --client: the call in progress at this time (ISO 8601 or seconds since 1970)",
    )
    .option("--ladder <id>", "draw one call as a ladder diagram: its call_id, or the beginning of it")
    .option("--mermaid", "with --ladder: as a Mermaid sequence diagram")
    .option("--only <words>", "only calls with one of these verdicts or qualities (comma-separated)")
    .option("--fail-on <words>", "exit with status 1 when a call has one of these verdicts or qualities")
    .option("--since <time>", "only calls that end at this time or later")
    .option("--until <time>", "only calls that start before this time")
    .option(...STRICT_CAPTURES)
    .option("-q, --quiet", "no notes on standard error")
    .option("-v, --verbose", "more notes: every oddity in the traffic, every problem with a capture");
  command.action(async (captures: string[], raw: RawCallsOptions) => {
    const { runCalls } = await import("./run-calls.ts");
    const result = await runCalls(captures, raw);
    command.setOptionValue("exitStatus", statusOf(result, raw.strict === true));
  });
}
