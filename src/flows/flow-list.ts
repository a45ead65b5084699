/** A growing list of flow numbers in four bytes each: as an array, a million take twice that, and more while it grows. */
export class FlowList {
  #flows: Uint32Array = new Uint32Array(256);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  /** The numbers in the order in which they came; good until the next `push`. */
  get flows(): Uint32Array {
    return this.#flows.subarray(0, this.#length);
  }

  /** Makes room for so many more, once. */
  reserve(count: number): void {
    if (this.#length + count > this.#flows.length) this.#grow(this.#length + count);
  }

  push(flow: number): void {
    if (this.#length === this.#flows.length) this.#grow(this.#length * 2);
    this.#flows[this.#length] = flow;
    this.#length += 1;
  }

  #grow(length: number): void {
    const larger = new Uint32Array(length);
    larger.set(this.#flows);
    this.#flows = larger;
  }
}
