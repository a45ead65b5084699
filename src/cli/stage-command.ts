import type { Command } from "commander";
import { addWorkOptions } from "./work-options.ts";
import { STRICT_CAPTURES } from "./strict-option.ts";
import { addInputOptions } from "./input-options.ts";
import type { RawStageOptions } from "./run-stage.ts";

const SHARED: readonly (readonly [name: string, description: string])[] = [
  ["survey", "look at each capture once: hash, times, damage"],
  ["map", "read the time windows; all surveys must be finished"],
  ["reduce", "follow flows across windows; all windows must be finished"],
];

/** `o365flow stage`: an audit by hand, stage by stage, for engines that start programs. */
export function registerStage(program: Command): void {
  const stage = program
    .command("stage")
    .description(
      "one stage of an audit, or a share of it: for Slurm arrays, Kubernetes indexed jobs, GNU parallel",
    );

  const plan = stage
    .command("plan")
    .description(
      "start an audit, or add captures to it: the same arguments as o365flow audit; nothing is read yet",
    );
  plan.argument("[path...]", "captures: files, folders (and those inside), globs");
  addInputOptions(plan)
    .option("-o, --out <dir>", "directory of the audit")
    .option("--window <size>", "bytes of captures per task, about (1GB by default)")
    .option(
      "-f, --format <formats>",
      "also write the result as csv, ndjson or both (comma-separated); Parquet is always written",
    )
    .option(
      "--strict",
      "exit with status 2 instead of 3: a capture was named that is missing or cannot be read",
    )
    .option("-q, --quiet", "no notes on standard error")
    .option("-v, --verbose", "more notes");
  plan.action(async (paths: string[], raw: RawStageOptions) => {
    const { runStagePlan } = await import("./run-stage.ts");
    plan.setOptionValue("exitStatus", await runStagePlan(paths, raw));
  });

  for (const [name, description] of [
    ...SHARED,
    ["report", "write the result; all parts must be finished"] as const,
  ]) {
    const command = stage
      .command(name)
      .description(description)
      .option("-o, --out <dir>", "directory of the audit")
      .option("-j, --jobs <n>", "tasks done at the same time, each in a thread");
    addWorkOptions(command).option("-q, --quiet", "no notes on standard error");
    if (name === "report") command.option(...STRICT_CAPTURES);
    else
      command
        .option(
          "--shard <i/n>",
          "share I of N, counted from 0; default from SLURM_ARRAY_TASK_ID or JOB_COMPLETION_INDEX",
        )
        .option("--shards <n>", "number of shares, with JOB_COMPLETION_INDEX");
    command.action(async (raw: RawStageOptions) => {
      const { runStageShare } = await import("./run-stage.ts");
      command.setOptionValue("exitStatus", await runStageShare(name, raw));
    });
  }
}
