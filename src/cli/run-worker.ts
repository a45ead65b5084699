import { loadDuckDB } from "../audit/duckdb.ts";
import { runQueueWorker } from "../audit/run/queue-worker.ts";
import { AuditVoice } from "./audit-progress.ts";
import { EXIT_INTERRUPTED, UsageError } from "./exit.ts";
import { whenInterrupted } from "./interruption.ts";
import { queueAddress, type RawQueueOptions } from "./queue-option.ts";
import { hearQueueWarnings } from "./queue-voice.ts";
import { version } from "./version.ts";
import { workOptions, type RawWorkOptions } from "./work-options.ts";

export interface RawWorkerOptions extends RawWorkOptions, RawQueueOptions {
  readonly root?: string[];
  readonly lock?: string;
  readonly quiet?: boolean;
}

/** Runs a worker until it is told to stop. Answers with the exit status. */
export async function runWorker(raw: RawWorkerOptions): Promise<number> {
  const address = queueAddress(raw);
  if (address === undefined)
    throw new UsageError("a worker wants a queue: --queue redis://host:6379/0, or O365FLOW_QUEUE");
  await loadDuckDB("a worker");
  const lockSeconds = Number(raw.lock ?? "60");
  if (!Number.isFinite(lockSeconds) || lockSeconds < 1)
    throw new UsageError(`--lock ${raw.lock}: wanted a number of seconds, at least 1`);
  const voice = new AuditVoice("none", raw.quiet === true);
  hearQueueWarnings(voice);
  const abort = new AbortController();
  const stopListening = whenInterrupted(abort, () => {
    voice.note("stopping: what it is at goes back into the queue");
    abort.abort(new Error("the worker is stopping"));
  });
  try {
    await runQueueWorker({
      ...workOptions(raw),
      address,
      tool: version(),
      roots: raw.root ?? [],
      lockSeconds,
      signal: abort.signal,
      note: (text) => voice.note(text),
    });
  } finally {
    stopListening();
  }
  return EXIT_INTERRUPTED;
}
