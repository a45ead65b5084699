import { deserialize, serialize } from "node:v8";
import { Spill } from "./spill.ts";

/** Numbers kept of each value. */
const FIELDS = 3;

/**
 * Values that are put in order by two numbers, and kept in a file until then: in memory each takes 24 bytes. They come
 * back as copies (`structuredClone` says what that keeps).
 */
export class SortedSpill<Value> {
  readonly #spill: Spill;
  readonly #compare: (x: Value, y: Value) => number;
  /** First number, second number, place in the spill. */
  #keys = new Float64Array(FIELDS << 10);
  #count = 0;

  /** `compare`: for values whose numbers are equal. */
  constructor(path: string, compare: (x: Value, y: Value) => number) {
    this.#spill = new Spill(path);
    this.#compare = compare;
  }

  get count(): number {
    return this.#count;
  }

  add(value: Value, first: number, second: number): void {
    const at = this.#count * FIELDS;
    if (at === this.#keys.length) {
      const keys = new Float64Array(this.#keys.length * 2);
      keys.set(this.#keys);
      this.#keys = keys;
    }
    this.#keys.set([first, second, this.#spill.add(serialize(value))], at);
    this.#count += 1;
  }

  /** All values in order. */
  *inOrder(): Generator<Value> {
    const order = Uint32Array.from({ length: this.#count }, (_, i) => i).sort(
      (x, y) => this.#compareKeys(x, y) || x - y,
    );
    for (let from = 0; from < order.length;) {
      let to = from + 1;
      while (to < order.length && this.#compareKeys(order[from] ?? 0, order[to] ?? 0) === 0) to += 1;
      if (to === from + 1) yield this.#valueOf(order[from] ?? 0);
      else yield* [...order.subarray(from, to)].map((index) => this.#valueOf(index)).sort(this.#compare);
      from = to;
    }
  }

  close(): void {
    this.#spill.close();
  }

  #compareKeys(x: number, y: number): number {
    const keys = this.#keys;
    return (
      (keys[x * FIELDS] ?? 0) - (keys[y * FIELDS] ?? 0) ||
      (keys[x * FIELDS + 1] ?? 0) - (keys[y * FIELDS + 1] ?? 0)
    );
  }

  #valueOf(index: number): Value {
    const place = (at: number): number =>
      at === this.#count ? this.#spill.size : (this.#keys[at * FIELDS + 2] ?? 0);
    const at = place(index);
    return deserialize(this.#spill.read(at, place(index + 1) - at)) as Value;
  }
}
