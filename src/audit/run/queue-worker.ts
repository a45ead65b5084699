import { existsSync, realpathSync, statSync } from "node:fs";
import { hostname } from "node:os";
import { isAbsolute, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { Job, Worker } from "bullmq";
import { isInside } from "./archive.ts";
import { failureOf } from "./failures.ts";
import { AuditDirectory } from "./manifest.ts";
import {
  ALONE_QUEUE,
  type BullMQ,
  connectQueue,
  KEY_PREFIX,
  loadBullMQ,
  type QueueAddress,
  type QueuedTask,
  replyOf,
  TASK_QUEUE,
} from "./queue.ts";
import { Share } from "./shares.ts";
import { TaskLookup } from "./task-lookup.ts";
import { clearUnfinished, ThreadPool, type ThreadPoolOptions } from "./thread-pool.ts";
import { type Barred, codeOf, isBarred, unreadCapture, whyUnwritable } from "./worker-access.ts";
import { type Failure, TaskFailure, taskName } from "./workers.ts";

export interface QueueWorkerOptions extends ThreadPoolOptions {
  readonly address: QueueAddress;
  /** Version of the program: an audit is done by one version. */
  readonly tool: string;
  /** Only audits in these folders; any where it is empty. */
  readonly roots: readonly string[];
  /** A worker that gives no sign for so long is taken for dead, and its tasks go to others. */
  readonly lockSeconds: number;
  readonly signal: AbortSignal;
  note(text: string): void;
}

/** Progress goes to the queue this often at most, milliseconds. */
const TELL_MS = 1000;
/** A worker keeps tasks that it refuses for so long, milliseconds: else it would be faster at that than others at working. */
const REFUSE_MS = 1000;
/** A task whose workers died so often is given up. */
const MOST_DEATHS = 3;

/** Does tasks that a queue hands out until it is told to stop; then what it is at goes back into the queue. */
export async function runQueueWorker(options: QueueWorkerOptions): Promise<void> {
  const { signal, note } = options;
  const client = await connectQueue(options.address, note);
  const { bullmq } = await loadBullMQ();
  const bench = new Bench(options, bullmq);
  const open = (
    name: string,
    concurrency: number,
    alone: boolean,
    before?: Worker,
  ): Worker<QueuedTask, string> => {
    const worker: Worker<QueuedTask, string> = new bullmq.Worker(
      name,
      async (job: Job<QueuedTask, string>, token?: string) => {
        if (before === undefined) return await bench.work(job, token, alone);
        await before.pause(); // waits until what runs is done
        try {
          return await bench.work(job, token, alone);
        } finally {
          before.resume();
        }
      },
      {
        connection: client,
        prefix: KEY_PREFIX,
        concurrency,
        lockDuration: options.lockSeconds * 1000,
        stalledInterval: Math.ceil(options.lockSeconds * 500),
        maxStalledCount: MOST_DEATHS,
      },
    );
    const told = new Set<string>();
    worker.on("error", (error) => {
      // The connection's errors are told by connectQueue; others once each.
      const text = replyOf(error) ?? error.message;
      if ("syscall" in error || told.has(text)) return;
      told.add(text);
      note(`queue: ${text}`);
    });
    worker.on("stalled", (id) => note(`a worker gave no sign any more: its task ${id} is handed out again`));
    return worker;
  };
  const tasks = open(TASK_QUEUE, options.jobs, false);
  const alone = open(ALONE_QUEUE, 1, true, tasks);
  note(`listening to the queue with ${options.jobs} thread${options.jobs === 1 ? "" : "s"}`);
  await new Promise<void>((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
  // Without the server nothing can be given back; it will find out by itself that we are gone.
  if (client.status === "ready") await Promise.all([tasks.close(), alone.close()]);
  await bench.close();
  client.disconnect();
}

/** Where the tasks of the queue are done. */
class Bench {
  readonly #options: QueueWorkerOptions;
  readonly #bullmq: BullMQ;
  readonly #pools = new Map<string, ThreadPool>();
  readonly #lookup = new TaskLookup();
  /** What was said on standard error, once each. */
  readonly #refused = new Set<string>();
  #refusing: Promise<void> | undefined;
  /** What was said of captures that cannot be read, by what kept us from that. */
  readonly #unread = new Map<string, string>();

  constructor(options: QueueWorkerOptions, bullmq: BullMQ) {
    this.#options = options;
    this.#bullmq = bullmq;
  }

  async work(job: Job<QueuedTask, string>, token: string | undefined, alone: boolean): Promise<string> {
    const { signal, note } = this.#options;
    const queued = job.data;
    const refusal = this.#refusal(queued);
    if (refusal !== undefined) throw await this.#refuse(refusal);
    const directory = new AuditDirectory(queued.directory);
    if ((await directory.answered(queued.stage)).has(queued.id)) return "done before";
    const task = await this.#lookup.find(directory, queued, signal);
    if (task === undefined) return "of an earlier plan";
    const shut = await whyUnwritable(queued.directory, queued.stage);
    if (shut !== undefined) throw await this.#refuseWriting(queued.directory, shut);
    const unread = queued.anyway === true ? undefined : await unreadCapture(task);
    if (unread !== undefined) throw await this.#refuseReading(unread);
    const began = performance.now();
    let told = 0;
    let share: Share | undefined;
    try {
      share = await Share.begin(queued.directory, `worker, ${queued.stage}`, { signal, note });
      await this.#poolOf(queued.directory).run(task, {
        alone,
        signal,
        onBytes: (bytes) => {
          const now = performance.now();
          if (now - told < TELL_MS) return;
          told = now;
          job.updateProgress(bytes).catch(() => undefined); // a queue that was lost does not know the job
        },
      });
    } catch (error) {
      if (signal.aborted) {
        await job.moveToWait(token);
        throw new this.#bullmq.WaitingError();
      }
      if (share === undefined && isBarred(error))
        throw await this.#refuseWriting(queued.directory, codeOf(error));
      const failure = error instanceof TaskFailure ? error.failure : failureOf(error);
      note(`${taskName(task)}: ${failure.message}`);
      throw this.#failed(failure);
    } finally {
      await share?.end();
    }
    note(`${taskName(task)}: done in ${((performance.now() - began) / 1000).toFixed(1)} s`);
    return "done";
  }

  async close(): Promise<void> {
    for (const [directory, pool] of this.#pools) {
      await pool.close();
      await clearUnfinished(directory);
    }
  }

  async #refuseWriting(directory: string, code: string): Promise<Error> {
    return await this.#refuse(`${whoIAm()} cannot write into ${directory} (${code})`);
  }

  /** The first capture stands for all of them: a line for each would be a line for each of an archive. */
  async #refuseReading({ path, code, advice }: Barred): Promise<Error> {
    const message = this.#unread.get(code) ?? `${whoIAm()} cannot read ${path} (${code}): ${advice}`;
    this.#unread.set(code, message);
    return await this.#refuse(message, [path]);
  }

  /** Leaves a task to others; answers with what the coordinator is to hear. */
  async #refuse(message: string, captures?: readonly string[]): Promise<Error> {
    if (!this.#refused.has(message)) this.#options.note(message);
    this.#refused.add(message);
    await this.#untilRefused();
    return this.#failed({ kind: "refused", message, stack: "", ...(captures !== undefined && { captures }) });
  }

  /** All threads refuse at one moment: a thread that ends its task takes the next one, ahead of workers that wait for one. */
  #untilRefused(): Promise<void> {
    this.#refusing ??= delay(REFUSE_MS, undefined, { signal: this.#options.signal })
      .catch(() => undefined) // told to stop: refused at once
      .finally(() => (this.#refusing = undefined));
    return this.#refusing;
  }

  /** A failure as the coordinator reads it; it decides what becomes of the task. */
  #failed(failure: Failure): Error {
    return new this.#bullmq.UnrecoverableError(JSON.stringify(failure));
  }

  #poolOf(directory: string): ThreadPool {
    let pool = this.#pools.get(directory);
    if (pool === undefined) this.#pools.set(directory, (pool = new ThreadPool(directory, this.#options)));
    return pool;
  }

  /** Why a task is none for this worker. What lies in a queue is not trusted. */
  #refusal(queued: Partial<QueuedTask>): string | undefined {
    const { directory, stage, id, tool } = queued;
    const me = whoIAm();
    if (
      typeof directory !== "string" ||
      !isAbsolute(directory) ||
      !/^(survey|map|reduce|report)$/.test(String(stage)) ||
      !/^[0-9a-f]{24}$/.test(String(id))
    )
      return `${me}: what lies in the queue is no task of an audit`;
    if (tool !== this.#options.tool)
      return `${me} is o365flow ${this.#options.tool}, the audit's is ${String(tool)}: all machines need the same version`;
    if (!existsSync(join(directory, "manifest.json")))
      return `${me} does not see ${directory}: all machines need the audit's directory and the captures under the same names`;
    const { roots } = this.#options;
    if (roots.length > 0 && !roots.some((root) => isBelow(realpathSync(directory), root)))
      return `${me} does no audits in ${directory} (--root)`;
    return undefined;
  }
}

function whoIAm(): string {
  return `worker ${process.pid} on ${hostname()}`;
}

function isBelow(path: string, root: string): boolean {
  if (!existsSync(root) || !statSync(root).isDirectory()) return false;
  return isInside(path, realpathSync(root));
}
