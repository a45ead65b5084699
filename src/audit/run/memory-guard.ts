import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { grouped } from "../../count-text.ts";
import { MemoryExceeded } from "./failures.ts";

/**
 * Sees to it that a thread keeps to its memory: the heap, whose limit the engine enforces by itself, and the buffers
 * beside it, which no limit of the engine covers. Garbage that was not collected yet does not count.
 */
export class MemoryGuard {
  readonly #limit: number;
  readonly #collect: () => void;

  constructor(limitBytes: number) {
    this.#limit = limitBytes;
    // Of the whole process: taking it back would take it from a thread that begins just now.
    setFlagsFromString("--expose-gc");
    this.#collect = runInNewContext("gc") as () => void;
  }

  /** Throws MemoryExceeded when what the thread holds is more than it may. */
  check(): void {
    if (held() <= this.#limit) return;
    this.#collect();
    const bytes = held();
    if (bytes <= this.#limit) return;
    throw new MemoryExceeded(
      `it needs more memory than the ${megabytes(this.#limit)} that it may take (held ${megabytes(bytes)})`,
    );
  }
}

/** Of this thread alone, where it is one. */
function held(): number {
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

function megabytes(bytes: number): string {
  return `${grouped(Math.round(bytes / 2 ** 20))} MB`;
}
