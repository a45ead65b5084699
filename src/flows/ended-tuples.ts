/** A generation holds this many flows: 12 bytes each in a table at most three quarters full. */
const MOST = 1 << 18;
const FIRST_SLOTS = 1 << 4; // as in FlowIndex
const GROWTH = 4;
/** Words of a slot: hash and ports of the 5-tuple (layout.ts), number of the flow plus one. */
const WORDS = 3;

/**
 * 5-tuples of flows that ended, and the last flow of each: at least the last 262,144 that ended, at most twice as many, in two
 * generations of which the older one is forgotten when the younger one is full. So a stream that never ends needs no more.
 * A tuple is told by its two ports and 32 bits of hash.
 */
export class EndedTuples {
  readonly #most: number;
  #young = new Generation();
  #old: Generation | undefined;

  constructor(most: number = MOST) {
    this.#most = most;
  }

  /** Notes the flow as the last one of its tuple. */
  add(hash: number, ports: number, flow: number): void {
    if (this.#young.count === this.#most) {
      this.#old = this.#young;
      this.#young = new Generation();
    }
    this.#young.put(hash | 0, ports | 0, flow);
  }

  /** The last flow of the tuple, or -1. Its record may have been given to another flow since. */
  find(hash: number, ports: number): number {
    const flow = this.#young.find(hash | 0, ports | 0);
    return flow < 0 && this.#old !== undefined ? this.#old.find(hash | 0, ports | 0) : flow;
  }
}

class Generation {
  count = 0;
  #slots = new Int32Array(FIRST_SLOTS * WORDS);
  #mask = FIRST_SLOTS - 1;

  put(hash: number, ports: number, flow: number): void {
    if ((this.count + 1) * 4 > (this.#mask + 1) * 3) this.#grow();
    const at = this.#slot(hash, ports);
    const slots = this.#slots;
    if (slots[at + 2] === 0) this.count += 1;
    slots[at] = hash;
    slots[at + 1] = ports;
    slots[at + 2] = flow + 1;
  }

  find(hash: number, ports: number): number {
    return this.count === 0 ? -1 : (this.#slots[this.#slot(hash, ports) + 2] ?? 0) - 1;
  }

  /** Where the tuple stands, or would. */
  #slot(hash: number, ports: number): number {
    const slots = this.#slots;
    const mask = this.#mask;
    let slot = hash & mask;
    for (;;) {
      const at = slot * WORDS;
      if (slots[at + 2] === 0 || (slots[at] === hash && slots[at + 1] === ports)) return at;
      slot = (slot + 1) & mask;
    }
  }

  #grow(): void {
    const old = this.#slots;
    this.#slots = new Int32Array(old.length * GROWTH);
    this.#mask = (this.#mask + 1) * GROWTH - 1;
    this.count = 0;
    for (let at = 0; at < old.length; at += WORDS) {
      const flow = old[at + 2] ?? 0;
      if (flow !== 0) this.put(old[at] ?? 0, old[at + 1] ?? 0, flow - 1);
    }
  }
}
