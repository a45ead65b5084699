import { getHeapStatistics, setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

/** So much lives or is garbage when it is collected whole for the first time; bytes. */
const FIRST_COLLECTION = 64 << 20;

/**
 * Sees to it that what a long capture takes is what lives, not what is garbage: the engine would collect flows that are over
 * for the first time when they take some 350 MB, and then let as much again pile up. For the time of one reading of captures.
 */
export class HeapCare {
  #isDone = false;

  constructor() {
    // Of what lives, half as much again may be garbage.
    setFlagsFromString("--heap-growing-percent=50");
  }

  /**
   * Leaves the engine's young generation as small as it is once the modules are loaded. It would grow to 48 MB, though what a
   * capture makes either dies at once or lives as long as its flow: collections find as little to copy in 8 MB.
   */
  keepYoungGeneration(): void {
    setFlagsFromString("--semi-space-growth-factor=1");
  }

  /** Collects once, when there is something to collect: from then on the engine goes by what it found. */
  look(): undefined {
    if (this.#isDone || getHeapStatistics().used_heap_size < FIRST_COLLECTION) return undefined;
    this.#isDone = true;
    setFlagsFromString("--expose-gc");
    const collect = runInNewContext("gc") as () => void;
    collect();
    return undefined;
  }
}
