import type { Command } from "commander";
import type { QueueAddress } from "../audit/run/queue.ts";

/** Holds the queue's URL, where it shall not be seen in the list of processes. */
const VARIABLE = "O365FLOW_QUEUE";

/** Options of `audit` and `worker` that tell which queue hands out the tasks, as commander hands them over. */
export interface RawQueueOptions {
  readonly queue?: string;
  readonly queueCa?: string;
}

/** Adds these options. */
export function addQueueOptions(command: Command): Command {
  return command
    .option(
      "--queue <url>",
      "redis:// or rediss:// URL of a queue; set O365FLOW_QUEUE instead to keep a password off the command line",
    )
    .option("--queue-ca <file>", "certificate of the CA of a rediss:// server (PEM)");
}

/** Where the queue is; undefined where none was named. `--queue ""` heeds no variable. */
export function queueAddress(raw: RawQueueOptions): QueueAddress | undefined {
  const url = raw.queue ?? process.env[VARIABLE];
  return url === undefined || url === "" ? undefined : { url, caFile: raw.queueCa };
}
