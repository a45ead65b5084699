import { whyFailed } from "../files/whole-file.ts";

/** Why a source of bytes ended before its end. */
export interface SourceFailure {
  /** `cut`: the stored bytes simply stop; `damaged`: they make no sense; `unreadable`: they could not be read. */
  readonly kind: "cut" | "damaged" | "unreadable";
  readonly text: string;
}

/** Where a reader's bytes come from. */
export interface ByteSource {
  /** Set when the bytes ended early. */
  readonly failure: SourceFailure | undefined;
  /**
   * Copies bytes to `target` from `at` on and says how many, at least one; 0: there are no more.
   * Files that are neither compressed nor pipes answer without a promise, as long as their bytes come quickly.
   */
  read(target: Uint8Array, at: number): number | Promise<number>;
  close(): void;
}

/** Thrown by decompressors; caught by `ChunkedBytes`. */
export class SourceError extends Error {
  readonly kind: SourceFailure["kind"];
  constructor(kind: SourceFailure["kind"], message: string) {
    super(message);
    this.name = "SourceError";
    this.kind = kind;
  }
}

export function failureOf(error: unknown): SourceFailure {
  if (error instanceof SourceError) return { kind: error.kind, text: error.message };
  // Decompressors' errors have codes, too, that say less than their messages.
  const isOfSystem = !(error instanceof Error) || "syscall" in error;
  return { kind: "unreadable", text: isOfSystem ? whyFailed(error) : error.message };
}

/** Chunks of any size, handed out in the order in which they come. */
export class ChunkedBytes implements ByteSource {
  failure: SourceFailure | undefined = undefined;
  readonly #chunks: AsyncIterator<Uint8Array>;
  readonly #onClose: () => void;
  #chunk: Uint8Array = new Uint8Array(0);
  #used = 0;
  #ended = false;

  constructor(chunks: AsyncIterable<Uint8Array>, onClose: () => void) {
    this.#chunks = chunks[Symbol.asyncIterator]();
    this.#onClose = onClose;
  }

  read(target: Uint8Array, at: number): number | Promise<number> {
    if (this.#used < this.#chunk.length) return this.#take(target, at);
    return this.#ended ? 0 : this.#pull(target, at);
  }

  close(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#chunk = new Uint8Array(0);
    this.#used = 0;
    this.#onClose();
    // A generator that waits for its input only learns of this once that input ends; nobody waits for it here.
    void this.#chunks.return?.().then(undefined, () => undefined);
  }

  async #pull(target: Uint8Array, at: number): Promise<number> {
    try {
      for (;;) {
        const result = await this.#chunks.next();
        if (this.#ended) return 0;
        if (result.done === true) break;
        if (result.value.length === 0) continue;
        this.#chunk = result.value;
        this.#used = 0;
        return this.#take(target, at);
      }
    } catch (error) {
      if (!this.#ended) this.failure = failureOf(error);
    }
    if (!this.#ended) {
      this.#ended = true;
      this.#onClose();
    }
    return 0;
  }

  #take(target: Uint8Array, at: number): number {
    const count = Math.min(this.#chunk.length - this.#used, target.length - at);
    target.set(this.#chunk.subarray(this.#used, this.#used + count), at);
    this.#used += count;
    return count;
  }
}
