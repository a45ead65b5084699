import type { MessagePort } from "node:worker_threads";
import type { StageTask } from "../tasks.ts";
import { failureOf } from "./failures.ts";
import { MemoryGuard } from "./memory-guard.ts";
import { runStage } from "./stages.ts";
import type { Failure } from "./workers.ts";

/** What a thread is told. */
export interface ThreadJob {
  readonly directory: string;
  readonly task: StageTask;
  /** What the task may take, and what the whole process may. */
  readonly memoryBytes: number;
  readonly processBytes: number;
  /** Takes the bytes done so far. */
  readonly port: MessagePort;
}

/** Progress is told, and memory looked at, this often at most, milliseconds. */
const TELL_MS = 200;

/** Does one task in a thread of the pool. Answers with what went wrong: errors lose their kind on the way out. */
export default async function doTask(job: ThreadJob): Promise<Failure | undefined> {
  const { directory, task, memoryBytes, processBytes, port } = job;
  const guard = new MemoryGuard(memoryBytes, processBytes);
  let told = 0;
  try {
    await runStage(directory, task, {
      memoryBytes,
      progress: (bytes) => {
        const now = performance.now();
        if (now - told < TELL_MS) return;
        told = now;
        guard.check();
        port.postMessage(bytes);
      },
    });
    return undefined;
  } catch (error) {
    return failureOf(error);
  } finally {
    port.close();
  }
}
