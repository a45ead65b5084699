import type { Command } from "commander";
import { addQueueOptions } from "./queue-option.ts";
import { addWorkOptions } from "./work-options.ts";
import type { RawWorkerOptions } from "./run-worker.ts";

/** `o365flow worker`: do the tasks of audits that a queue hands out. */
export function registerWorker(program: Command): void {
  const command = program
    .command("worker")
    .description("do the tasks of audits that a queue hands out, until interrupted");
  addQueueOptions(command).option("-j, --jobs <n>", "tasks done at the same time, each in a thread");
  addWorkOptions(command)
    .option(
      "--root <dir>",
      "only audits whose directory is below this one (repeatable)",
      (value: string, before: string[] | undefined) => [...(before ?? []), value],
    )
    .option("--lock <seconds>", "after this long without a sign of life, a worker's tasks go to others", "60")
    .option("-q, --quiet", "no notes on standard error");
  command.action(async (raw: RawWorkerOptions) => {
    const { runWorker } = await import("./run-worker.ts");
    command.setOptionValue("exitStatus", await runWorker(raw));
  });
}
