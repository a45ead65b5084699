import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { grouped } from "../../count-text.ts";
import { MemoryExceeded } from "./failures.ts";

/** Of what the whole process may take, so much may be garbage and all; then it is collected, this often at most. */
const FULL = 0.85;
const COLLECT_MS = 3000;

/**
 * Sees to it that a thread keeps to its memory: the heap, whose limit the engine enforces by itself, and the buffers
 * beside it, which no limit of the engine covers. Garbage that was not collected yet does not count, but it is collected
 * when the process comes near to what all its threads may take: the engine alone would let it grow up to each one's limit.
 */
export class MemoryGuard {
  readonly #limit: number;
  readonly #processLimit: number;
  readonly #collect: () => void;
  #collected = -COLLECT_MS;

  /** `limitBytes` for this thread, `processBytes` for the whole process. */
  constructor(limitBytes: number, processBytes: number) {
    this.#limit = limitBytes;
    this.#processLimit = processBytes;
    // Of the whole process: taking it back would take it from a thread that begins just now.
    setFlagsFromString("--expose-gc");
    this.#collect = runInNewContext("gc") as () => void;
  }

  /** Throws MemoryExceeded when what the thread holds is more than it may. */
  check(): void {
    const now = performance.now();
    const isFull = process.memoryUsage.rss() > FULL * this.#processLimit;
    if (isFull && now - this.#collected > COLLECT_MS) {
      this.#collected = now;
      this.#collect();
    }
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
