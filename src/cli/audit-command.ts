import { existsSync } from "node:fs";
import { resolve } from "node:path";
import type { Command } from "commander";
import { PROGRESS_STYLES } from "./audit-progress.ts";
import { nearest } from "../site/nearest.ts";
import { UsageError } from "./exit.ts";
import { addReadOptions, collect } from "./input-options.ts";
import { addQueueOptions } from "./queue-option.ts";
import { STRICT_CAPTURES } from "./strict-option.ts";
import { addWorkOptions } from "./work-options.ts";
import type { RawAuditOptions } from "./audit-setup.ts";

export interface RawStatusOptions {
  readonly out?: string;
  readonly json?: boolean;
  readonly dryRun?: boolean;
}

/** `o365flow audit`, `audit status`, `audit gc`. */
export function registerAudit(program: Command): void {
  const audit = program
    .command("audit")
    .description("one answer over an archive of captures: resumable, parallel, on one machine or many");
  audit.argument("[path...]", "captures: files, folders (and those inside), globs; none: the same as before");
  addReadOptions(audit)
    .option("-j, --jobs <n>", "most worker threads; the result does not depend on it")
    .option("-o, --out <dir>", "directory of the audit: its state and its result");
  addWorkOptions(audit)
    .option("--window <size>", "bytes of captures per task, about (1GB by default)")
    .option(
      "-f, --format <formats>",
      "also write the result as csv, ndjson or both (comma-separated); Parquet is always written",
    )
    .option("--retry-set-aside", "retry captures that were set aside in an earlier run")
    .option("--forget <path>", "no longer audit a path named in an earlier run (repeatable)", collect);
  addQueueOptions(audit)
    .option("--fail-on <words>", "exit with status 1 when a flow has one of these verdicts or symmetries")
    .option("--progress <style>", PROGRESS_STYLES.join(", "), "auto")
    .option(...STRICT_CAPTURES)
    .option("-q, --quiet", "no notes and no progress on standard error")
    .option("-v, --verbose", "more notes: every file that is not a capture, every damaged capture");
  audit.action(async (paths: string[], raw: RawAuditOptions) => {
    const [first = ""] = paths;
    const meant = existsSync(first) ? undefined : nearest(first, ["status", "gc"]);
    if (meant !== undefined)
      throw new UsageError(`audit ${first}: no such file or folder; did you mean audit ${meant}?`);
    const { runAudit } = await import("./run-audit.ts");
    audit.setOptionValue("exitStatus", await runAudit(paths, raw));
  });

  const status = audit
    .command("status")
    .description("how far an audit has come, who is working on it, what was set aside")
    .argument("[dir]", "directory of the audit, or --out")
    .option("--json", "as JSON");
  status.action(async (directory: string | undefined) => {
    const raw = status.optsWithGlobals<RawStatusOptions>();
    const { runStatus } = await import("./run-audit-status.ts");
    await runStatus(directoryOf(directory, raw), raw.json === true);
  });

  const gc = audit
    .command("gc")
    .description("remove what no later run needs: unfinished files, tasks of earlier plans")
    .argument("[dir]", "directory of the audit, or --out")
    .option("-n, --dry-run", "only say what would be removed");
  gc.action(async (directory: string | undefined) => {
    const raw = gc.optsWithGlobals<RawStatusOptions>();
    const { runGarbage } = await import("./run-audit-status.ts");
    await runGarbage(directoryOf(directory, raw), raw.dryRun === true);
  });
}

function directoryOf(directory: string | undefined, raw: RawStatusOptions): string {
  const found = directory ?? raw.out;
  if (found === undefined) throw new UsageError("name the directory of the audit");
  if (raw.out !== undefined && resolve(raw.out) !== resolve(found))
    throw new UsageError(`${found} and --out ${raw.out}: the directory of which audit?`);
  return found;
}
