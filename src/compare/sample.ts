/** Most values kept; with more, every second one goes, and then every second one of those that come. */
const MOST_VALUES = 512;

/** Of samples that have none; never changed. */
const NO_VALUES: number[] = [];

/** Values of which the middle one is asked for: all of them while they are few, evenly spaced ones after that. */
export class Sample {
  #values: number[] = NO_VALUES;
  #stride = 1;
  #seen = 0;

  add(value: number): void {
    if (this.#seen++ % this.#stride !== 0) return;
    // Many have one value: the first push would make room for seventeen.
    if (this.#values === NO_VALUES) this.#values = [value];
    else this.#values.push(value);
    if (this.#values.length < MOST_VALUES) return;
    this.#values = this.#values.filter((_, i) => i % 2 === 0);
    this.#stride *= 2;
  }

  /** Undefined of nothing. */
  median(): number | undefined {
    const sorted = this.#values.toSorted((a, b) => a - b);
    const middle = sorted.length >> 1;
    const high = sorted[middle];
    if (high === undefined || sorted.length % 2 === 1) return high;
    return ((sorted[middle - 1] ?? high) + high) / 2;
  }
}
