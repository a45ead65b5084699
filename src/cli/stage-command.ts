import type { Command } from "commander";
import { addWorkOptions, type RawWorkOptions } from "./audit-command.ts";
import { STRICT_CAPTURES } from "./strict-option.ts";
import { addInputOptions, type RawInputOptions } from "./input-options.ts";

export interface RawStageOptions extends RawInputOptions, RawWorkOptions {
  readonly out?: string;
  readonly window?: string;
  readonly format?: string;
  readonly shard?: string;
  readonly shards?: string;
  readonly strict?: boolean;
  readonly quiet?: boolean;
  readonly verbose?: boolean;
}

const SHARED: readonly (readonly [name: string, description: string])[] = [
  ["survey", "look at each capture once: hash, times, damage"],
  ["map", "read the windows of time; all surveys must be there"],
  ["reduce", "follow what crosses windows; all windows must be there"],
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
      "begin an audit, or add captures to it: the same arguments as o365flow audit; nothing is read yet",
    );
  plan.argument("[path...]", "captures: files, folders (and those inside), globs");
  addInputOptions(plan)
    .option("-o, --out <dir>", "directory of the audit")
    .option("--window <size>", "captures of about so many bytes are done as one task (1GB by default)")
    .option(
      "-f, --format <formats>",
      "the result as csv, ndjson or both, joined by ,; it is in Parquet anyway",
    )
    .option(
      "--strict",
      "end with status 2 where it would be 3: a capture was named that is missing or cannot be read",
    )
    .option("-q, --quiet", "no notes on standard error")
    .option("-v, --verbose", "more notes");
  plan.action(async (paths: string[], raw: RawStageOptions) => {
    const { runStagePlan } = await import("./run-stage.ts");
    plan.setOptionValue("exitStatus", await runStagePlan(paths, raw));
  });

  for (const [name, description] of [
    ...SHARED,
    ["report", "write the result; all parts must be there"] as const,
  ]) {
    const command = stage
      .command(name)
      .description(description)
      .option("-o, --out <dir>", "directory of the audit")
      .option("-j, --jobs <n>", "tasks at the same time, each in a thread");
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
