import type { CaptureProblemCode, ProblemLog } from "./problems.ts";
import type { ByteWindow } from "./window.ts";

/** What is wrong with blocks of a pcapng file, with the packets read before each problem. */
export class BlockProblems {
  /** Packets read so far. */
  packets = 0;
  readonly #window: ByteWindow;
  readonly #log: ProblemLog;

  constructor(window: ByteWindow, log: ProblemLog) {
    this.#window = window;
    this.#log = log;
  }

  /** `at` is where the block begins in the window. */
  add(code: CaptureProblemCode, at: number, found: string, wanted: string): void {
    this.addAt(code, this.#window.base + at, found, wanted);
  }

  /** The same by the block's offset in the capture. */
  addAt(code: CaptureProblemCode, offset: number, found: string, wanted: string): void {
    this.#log.add(code, "block", offset, found, wanted, this.packets);
  }

  /** A problem for which the whole block is passed over. */
  lose(code: CaptureProblemCode, at: number, length: number, found: string, wanted: string): void {
    this.add(code, at, found, wanted);
    this.lost(length);
  }

  /** A block whose fields contradict each other, though it ends where it should: only it is lost. */
  broken(at: number, length: number, found: string, wanted: string): void {
    this.lose("block-fields", at, length, found, wanted);
  }

  /** Options that do not fit into their block are passed over. */
  brokenOptions(at: number): void {
    this.add("options-broken", at, "has an option that reaches past its end", "");
  }

  /** Bytes that were passed over because of the problem before. */
  lost(bytes: number): void {
    this.#log.skipped(bytes);
  }
}
