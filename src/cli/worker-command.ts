import type { Command } from "commander";
import { addQueueOptions, addWorkOptions, type RawWorkOptions } from "./audit-command.ts";

export interface RawWorkerOptions extends RawWorkOptions {
  readonly queue?: string;
  readonly queueCa?: string;
  readonly root?: string[];
  readonly lock?: string;
  readonly quiet?: boolean;
}

/** `o365flow worker`: does the tasks of audits that a queue hands out. */
export function registerWorker(program: Command): void {
  const command = program
    .command("worker")
    .description("does the tasks of audits that a queue hands out, until it is interrupted");
  addQueueOptions(command).option("-j, --jobs <n>", "tasks at the same time, each in a thread");
  addWorkOptions(command)
    .option(
      "--root <dir>",
      "only audits whose directory lies below this one (repeatable)",
      (value: string, before: string[] | undefined) => [...(before ?? []), value],
    )
    .option(
      "--lock <seconds>",
      "without a sign of life for so long, the tasks of a worker go to others",
      "60",
    )
    .option("-q, --quiet", "no notes on standard error");
  command.action(async (raw: RawWorkerOptions) => {
    const { runWorker } = await import("./run-worker.ts");
    command.setOptionValue("exitStatus", await runWorker(raw));
  });
}
