/** Disjoint sets of the numbers from 0 to `size` - 1 (union by least member, path halving). */
export class Sets {
  #parent: Int32Array;

  constructor(size: number) {
    this.#parent = new Int32Array(size);
    for (let i = 0; i < size; i++) this.#parent[i] = i;
  }

  /** The sets as they are now. */
  copy(): Sets {
    const copy = new Sets(0);
    copy.#parent = this.#parent.slice();
    return copy;
  }

  /** The least member of the set that holds `item`. */
  find(item: number): number {
    const parent = this.#parent;
    let at = item;
    for (;;) {
      const up = parent[at] ?? at;
      if (up === at) return at;
      const above = parent[up] ?? up;
      parent[at] = above;
      at = above;
    }
  }

  unite(x: number, y: number): void {
    const [a, b] = [this.find(x), this.find(y)];
    if (a < b) this.#parent[b] = a;
    else if (b < a) this.#parent[a] = b;
  }
}
