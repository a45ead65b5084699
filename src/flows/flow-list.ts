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

  push(flow: number): void {
    if (this.#length === this.#flows.length) {
      const larger = new Uint32Array(this.#length * 2);
      larger.set(this.#flows);
      this.#flows = larger;
    }
    this.#flows[this.#length] = flow;
    this.#length += 1;
  }
}
