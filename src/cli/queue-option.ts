import type { QueueAddress } from "../audit/run/queue.ts";

/** Holds the queue's URL, where it shall not be seen in the list of processes. */
const VARIABLE = "O365FLOW_QUEUE";

/** Where the queue is; undefined where none was named. `--queue ""` heeds no variable. */
export function queueAddress(raw: {
  readonly queue?: string;
  readonly queueCa?: string;
}): QueueAddress | undefined {
  const url = raw.queue ?? process.env[VARIABLE];
  return url === undefined || url === "" ? undefined : { url, caFile: raw.queueCa };
}
