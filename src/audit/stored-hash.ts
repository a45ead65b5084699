import { createHash, type Hash } from "node:crypto";
import { createReadStream } from "node:fs";

const STEP = 1 << 20;

/** SHA-256 of a file, most of which somebody else reads. */
export class StoredHash {
  readonly #hash: Hash = createHash("sha256");
  #bytes = 0;

  /** Takes the file's next bytes. */
  readonly add = (bytes: Uint8Array): void => {
    this.#hash.update(bytes);
    this.#bytes += bytes.length;
  };

  /** Reads what was not added, and answers in hexadecimal digits. Throws what reading the file throws. */
  async finish(path: string, signal: AbortSignal | undefined): Promise<string> {
    const options = { start: this.#bytes, highWaterMark: STEP, ...(signal ? { signal } : {}) };
    for await (const chunk of createReadStream(path, options)) this.add(chunk as Uint8Array);
    return this.#hash.digest("hex");
  }
}
