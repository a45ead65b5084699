import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { MessageChannel } from "node:worker_threads";
import { Piscina } from "piscina";
import { isOwn, readTemporaryName } from "../publish.ts";
import type { StageTask } from "../tasks.ts";
import { failureOf } from "./failures.ts";
import type { Failure, TaskRun, Workers } from "./workers.ts";
import { TaskFailure } from "./workers.ts";

export interface ThreadPoolOptions {
  readonly jobs: number;
  /** For the whole process: itself and all threads together. */
  readonly memoryBytes: number;
  /** A task that says nothing for so long is stopped. */
  readonly stallSeconds: number;
  /** The module that does a task; the tests have one of their own. */
  readonly module?: URL;
}

/** What the process itself takes beside its threads. */
const BASE_BYTES = 128 * 2 ** 20;
/** Less than this no thread can work with. */
const LEAST_BYTES = 128 * 2 ** 20;
/** Of a thread's share, so much is for its heap; buffers, and the database of the report, lie beside it. */
const HEAP_SHARE = 0.6;
/** New objects of a thread lie apart from older ones: in so much of its share, and no more than the engine takes by itself. */
const YOUNG_SHARE = 1 / 16;
const MOST_YOUNG_MB = 48;
const MODULE = new URL("./task-thread.js", import.meta.url);

/** What each of so many threads may take. */
function shareOf(memoryBytes: number, jobs: number): number {
  return Math.max(LEAST_BYTES, Math.floor((memoryBytes - BASE_BYTES) / jobs));
}

/** Tasks in threads of this process, each within its share of the memory, stopped when it hangs. */
export class ThreadPool implements Workers {
  readonly #directory: string;
  readonly #options: ThreadPoolOptions;
  #pool: Piscina | undefined;
  /** One thread with all the memory, for a task that is tried alone. */
  #alonePool: Piscina | undefined;

  readonly #gate: Gate;

  constructor(directory: string, options: ThreadPoolOptions) {
    this.#directory = directory;
    this.#options = options;
    this.#gate = new Gate(options.jobs);
  }

  async run(task: StageTask, how: TaskRun): Promise<void> {
    how.signal.throwIfAborted();
    // Waiting here, not in the pool: a task that waits for a thread makes no progress, and does not hang.
    await this.#gate.enter();
    try {
      how.signal.throwIfAborted();
      await how.onBegin?.();
      await this.#do(task, how);
    } finally {
      this.#gate.leave();
    }
  }

  async #do(task: StageTask, { alone, signal, onBytes }: TaskRun): Promise<void> {
    const jobs = alone ? 1 : this.#options.jobs;
    const memoryBytes = shareOf(this.#options.memoryBytes, jobs);
    const pool = alone
      ? (this.#alonePool ??= this.#open(1, memoryBytes))
      : (this.#pool ??= this.#open(jobs, memoryBytes));
    const { port1, port2 } = new MessageChannel();
    const watch = new StallWatch(this.#options.stallSeconds);
    port1.on("message", (bytes: number) => {
      watch.heard();
      onBytes(bytes);
    });
    port1.unref();
    const stop = AbortSignal.any([signal, watch.signal]);
    try {
      const failure = (await pool.run(
        {
          directory: this.#directory,
          task,
          memoryBytes,
          processBytes: this.#options.memoryBytes,
          port: port2,
        },
        { transferList: [port2], signal: stop },
      )) as Failure | undefined;
      if (failure !== undefined) throw new TaskFailure(failure);
    } catch (error) {
      if (signal.aborted) throw signal.reason;
      if (error instanceof TaskFailure) throw error;
      if (watch.signal.aborted)
        throw new TaskFailure({
          kind: "stalled",
          message: `it made no progress for ${this.#options.stallSeconds} s`,
          stack: "",
        });
      throw new TaskFailure(crashOf(error));
    } finally {
      watch.close();
      port1.close();
    }
  }

  /** Stops what runs. A thread that is stopped cannot clear up behind itself: `clearUnfinished` does. */
  async close(): Promise<void> {
    await Promise.all([this.#pool?.destroy(), this.#alonePool?.destroy()]);
    this.#pool = undefined;
    this.#alonePool = undefined;
  }

  #open(threads: number, memoryBytes: number): Piscina {
    return new Piscina({
      filename: (this.#options.module ?? MODULE).href,
      minThreads: 0,
      maxThreads: threads,
      // The buffers beside the heap are looked after by the thread itself.
      resourceLimits: {
        maxOldGenerationSizeMb: Math.ceil((HEAP_SHARE * memoryBytes) / 2 ** 20),
        maxYoungGenerationSizeMb: Math.min(MOST_YOUNG_MB, Math.ceil((YOUNG_SHARE * memoryBytes) / 2 ** 20)),
      },
      // The next task finds a thread that has loaded everything.
      idleTimeout: 5000,
      recordTiming: false,
    });
  }
}

const REMOVED = { recursive: true, force: true, maxRetries: 5 };

/** Removes the unfinished files that this process left in the folders of the stages. */
export async function clearUnfinished(directory: string): Promise<void> {
  for (const folder of ["", "plan", "survey", "map", "reduce", "report", "scratch"]) {
    const names = await readdir(join(directory, folder)).catch(() => []);
    for (const name of names) {
      const unfinished = readTemporaryName(name);
      if (unfinished !== undefined && isOwn(unfinished))
        // On Windows what a stopped thread had open goes a moment later; what stays is for `audit gc`.
        await rm(join(directory, folder, name), REMOVED).catch(() => undefined);
    }
  }
}

/** Lets so many in at once, in the order of coming. */
class Gate {
  readonly #waiting: (() => void)[] = [];
  #free: number;

  constructor(places: number) {
    this.#free = places;
  }

  enter(): Promise<void> {
    if (this.#free > 0) {
      this.#free -= 1;
      return Promise.resolve();
    }
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  leave(): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#free += 1;
    else next();
  }
}

/** Counts the seconds without a sign from a task. A machine that was asleep, or a stopped process, counts one. */
class StallWatch {
  readonly #controller = new AbortController();
  readonly #timer: NodeJS.Timeout;
  #quiet = 0;

  constructor(seconds: number) {
    this.#timer = setInterval(() => {
      this.#quiet += 1;
      if (this.#quiet >= seconds) this.#controller.abort();
    }, 1000);
    this.#timer.unref();
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  heard(): void {
    this.#quiet = 0;
  }

  close(): void {
    clearInterval(this.#timer);
  }
}

/** The thread itself ended: out of memory, or by something that stops a process. */
function crashOf(error: unknown): Failure {
  const failure = failureOf(error);
  return failure.kind === "fault" ? { ...failure, kind: "crashed" } : failure;
}
