import { setMaxListeners } from "node:events";
import type { Redis } from "ioredis";
import type { StageTask } from "../tasks.ts";
import { readFailure } from "./failures.ts";
import type { AuditDirectory } from "./manifest.ts";
import {
  ALONE_QUEUE,
  auditPrefix,
  connectQueue,
  KEY_PREFIX,
  loadBullMQ,
  type QueueAddress,
  queuedId,
  replyOf,
  TASK_QUEUE,
  type TaskQueue,
} from "./queue.ts";
import { unreadCapture } from "./worker-access.ts";
import { TaskFailure, type TaskRun, type Workers } from "./workers.ts";

/** The directory is looked at this often, milliseconds: the answers there count, not what the queue says. */
const LOOK_MS = 400;
/** Tasks that are not answered are put into the queue again this often: it may have lost them. */
const AGAIN_MS = 15_000;
/** So long nobody listens before that is said. */
const LONELY_MS = 5_000;
/** Jobs handed over in one call. */
const BULK = 500;

interface Outstanding {
  readonly task: StageTask;
  readonly how: TaskRun;
  /** To be done also by who cannot read its captures. */
  anyway: boolean;
  resolve(): void;
  reject(error: unknown): void;
}

/**
 * Hands tasks to workers on any machine. The queue only says who does what: a task is done when its answer is in the
 * directory, and what is not answered is put into the queue again, whatever became of that.
 */
export class QueueWorkers implements Workers {
  readonly #directory: AuditDirectory;
  readonly #tool: string;
  readonly #client: Redis;
  readonly #queues: { readonly tasks: TaskQueue; readonly alone: TaskQueue };
  readonly #note: (text: string) => void;
  readonly #outstanding = new Map<string, Outstanding>();
  #added = Number.NEGATIVE_INFINITY;
  #lonelySince: number | undefined;
  #saidLonely = false;
  /** What workers said of tasks that they do not do, once each. */
  readonly #refusals = new Set<string>();
  /** What the server said no with, once each. */
  readonly #replies = new Set<string>();
  #closed = false;
  readonly #looking: Promise<void>;
  #asking: Promise<void> | undefined;

  private constructor(
    directory: AuditDirectory,
    tool: string,
    client: Redis,
    queues: { readonly tasks: TaskQueue; readonly alone: TaskQueue },
    note: (text: string) => void,
  ) {
    this.#directory = directory;
    this.#tool = tool;
    this.#client = client;
    this.#queues = queues;
    this.#note = note;
    // A server that comes back may have forgotten everything.
    client.on("ready", () => (this.#added = Number.NEGATIVE_INFINITY));
    this.#looking = this.#look();
  }

  static async open(
    directory: AuditDirectory,
    address: QueueAddress,
    tool: string,
    note: (text: string) => void,
  ): Promise<QueueWorkers> {
    const client = await connectQueue(address, note);
    const { bullmq } = await loadBullMQ();
    const open = (name: string): TaskQueue => {
      const queue: TaskQueue = new bullmq.Queue(name, { connection: client, prefix: KEY_PREFIX });
      queue.on("error", () => undefined); // connectQueue tells of them
      return queue;
    };
    const queues = { tasks: open(TASK_QUEUE), alone: open(ALONE_QUEUE) };
    const workers = new QueueWorkers(directory, tool, client, queues, note);
    await workers.#forgetFailures();
    return workers;
  }

  async run(task: StageTask, how: TaskRun): Promise<void> {
    how.signal.throwIfAborted();
    setMaxListeners(0, how.signal); // one for each task that is out, of which there are hundreds
    const id = queuedId(this.#directory.path, task);
    let stop: (() => void) | undefined;
    try {
      await new Promise<void>((resolve, reject) => {
        stop = () => reject(how.signal.reason as Error);
        how.signal.addEventListener("abort", stop, { once: true });
        this.#outstanding.set(id, { task, how, anyway: false, resolve, reject });
        this.#added = Number.NEGATIVE_INFINITY;
      });
    } finally {
      if (stop !== undefined) how.signal.removeEventListener("abort", stop);
      this.#outstanding.delete(id);
    }
  }

  /** Takes back what no worker has begun. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#looking;
    // Without the server nothing can be taken back; workers find such tasks answered or do them for nothing.
    if (this.#client.status === "ready") {
      await this.#asking?.catch(() => undefined);
      await this.#takeBack().catch(() => undefined);
      await Promise.all([this.#queues.tasks.close(), this.#queues.alone.close()]).catch(() => undefined);
    }
    this.#client.disconnect();
  }

  async #look(): Promise<void> {
    while (!this.#closed) {
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
      try {
        await this.#findAnswers();
        // One question at a time: while the server is away, the answer comes when it is back.
        if (this.#client.status === "ready")
          this.#asking ??= this.#ask().finally(() => (this.#asking = undefined));
      } catch (error) {
        for (const each of this.#outstanding.values()) each.reject(error);
      }
    }
  }

  async #findAnswers(): Promise<void> {
    const stages = new Set([...this.#outstanding.values()].map(({ task }) => task.stage));
    for (const stage of stages) {
      const answered = await this.#directory.answered(stage);
      for (const { task, resolve } of this.#outstanding.values())
        if (task.stage === stage && answered.has(task.id)) resolve();
    }
  }

  /** Talks with the server. It may be away, or refuse for want of memory or of a right: the next look asks again. */
  async #ask(): Promise<void> {
    try {
      if (this.#outstanding.size === 0) return;
      if (performance.now() - this.#added > AGAIN_MS || (await this.#hasLost())) await this.#add();
      for (const queue of [this.#queues.tasks, this.#queues.alone]) {
        await this.#hearFailures(queue);
        for (const job of await queue.getActive()) {
          const known = this.#outstanding.get(job.id ?? "");
          if (known !== undefined && typeof job.progress === "number") known.how.onBytes(job.progress);
        }
      }
      await this.#countWorkers();
    } catch (error) {
      this.#added = Number.NEGATIVE_INFINITY;
      const reply = replyOf(error);
      if (reply === undefined || this.#replies.has(reply)) return;
      this.#replies.add(reply);
      this.#note(`the queue refuses what it is asked (${reply}): asked again until it does it`);
    }
  }

  /** Fewer tasks in the queue than are to be done: another audit's can hide that, so tasks are put in again anyway. */
  async #hasLost(): Promise<boolean> {
    let queued = 0;
    for (const queue of [this.#queues.tasks, this.#queues.alone])
      for (const count of Object.values(await queue.getJobCounts())) queued += count;
    return queued < this.#outstanding.size;
  }

  async #add(): Promise<void> {
    this.#added = performance.now();
    for (const [queue, alone] of [
      [this.#queues.tasks, false],
      [this.#queues.alone, true],
    ] as const) {
      const jobs = [...this.#outstanding]
        .filter(([, { how }]) => how.alone === alone)
        .map(([jobId, { task, anyway }]) => ({
          name: task.stage,
          data: {
            directory: this.#directory.path,
            stage: task.stage,
            id: task.id,
            tool: this.#tool,
            ...(anyway && { anyway }),
          },
          opts: { jobId, removeOnComplete: true, attempts: 1 },
        }));
      for (let i = 0; i < jobs.length; i += BULK) await queue.addBulk(jobs.slice(i, i + BULK));
    }
  }

  async #hearFailures(queue: TaskQueue): Promise<void> {
    for (const job of await queue.getFailed()) {
      const known = this.#outstanding.get(job.id ?? "");
      if (known === undefined) continue;
      await queue.remove(job.id ?? "");
      const failure = readFailure(job.failedReason);
      if (failure.kind !== "refused") {
        known.reject(new TaskFailure(failure));
        continue;
      }
      this.#added = Number.NEGATIVE_INFINITY; // for another worker
      // One that is gone or shut for us as well is so for all of them, as far as anybody can see.
      if (failure.captures !== undefined && (await unreadCapture(known.task)) !== undefined) {
        known.anyway = true;
        continue;
      }
      if (!this.#refusals.has(failure.message)) this.#note(`${failure.message}. Tasks are left to others`);
      this.#refusals.add(failure.message);
    }
  }

  /** What failed in an earlier run is tried again; in the queue it would stand in the way of that. */
  async #forgetFailures(): Promise<void> {
    const prefix = `${auditPrefix(this.#directory.path)}-`;
    for (const queue of [this.#queues.tasks, this.#queues.alone])
      for (const { id } of await queue.getFailed())
        if (id?.startsWith(prefix) === true) await queue.remove(id);
  }

  async #takeBack(): Promise<void> {
    const prefix = `${auditPrefix(this.#directory.path)}-`;
    for (const queue of [this.#queues.tasks, this.#queues.alone])
      for (const job of await queue.getWaiting())
        if (job.id?.startsWith(prefix) === true) await queue.remove(job.id).catch(() => 0);
  }

  async #countWorkers(): Promise<void> {
    // A server may not let us list its clients; then nothing is said.
    const count = await this.#queues.tasks.getWorkersCount().catch(() => undefined);
    if (count !== 0) {
      this.#lonelySince = undefined;
      this.#saidLonely = false;
      return;
    }
    this.#lonelySince ??= performance.now();
    if (this.#saidLonely || performance.now() - this.#lonelySince < LONELY_MS) return;
    this.#saidLonely = true;
    this.#note("no worker listens to the queue: start some with o365flow worker --queue URL");
  }
}
