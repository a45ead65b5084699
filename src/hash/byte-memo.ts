/** Longer ones are not remembered. */
const MOST_BYTES = 1024;

interface Entry<Value> {
  readonly bytes: Uint8Array;
  readonly value: Value;
}

/**
 * Remembers what was made of byte strings that come again and again, so that it is neither worked out nor held twice.
 * Bounded: a slot keeps the newest of those that fall into it.
 */
export class ByteMemo<Value> {
  readonly #slots: (Entry<Value> | undefined)[];

  /** `slots`: a power of two. */
  constructor(slots: number) {
    this.#slots = new Array<Entry<Value> | undefined>(slots).fill(undefined);
  }

  find(view: DataView, start: number, end: number): Value | undefined {
    if (end - start > MOST_BYTES) return undefined;
    const entry = this.#slots[this.#slot(view, start, end)];
    if (entry === undefined || entry.bytes.length !== end - start) return undefined;
    const { bytes } = entry;
    for (let i = 0; i < bytes.length; i++) if (bytes[i] !== view.getUint8(start + i)) return undefined;
    return entry.value;
  }

  /** Remembers a value for the bytes, and answers with it. */
  keep(view: DataView, start: number, end: number, value: Value): Value {
    if (end - start > MOST_BYTES) return value;
    const bytes = new Uint8Array(view.buffer, view.byteOffset + start, end - start).slice();
    this.#slots[this.#slot(view, start, end)] = { bytes, value };
    return value;
  }

  /** FNV-1a, folded so that the lowest bits depend on all bytes. */
  #slot(view: DataView, start: number, end: number): number {
    let hash = 0x811c9dc5;
    for (let at = start; at < end; at++) hash = Math.imul(hash ^ view.getUint8(at), 0x01000193);
    return (hash ^ (hash >>> 15)) & (this.#slots.length - 1);
  }
}
