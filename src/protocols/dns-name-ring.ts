import { hostNameOf } from "./host-name.ts";

/** Bytes of names that are remembered, at first and at most. Powers of two. */
const FIRST_BYTES = 1 << 9; // few, as in FlowIndex, but a name has to fit
const MOST_BYTES = 1 << 22;

/**
 * Names in wire form (RFC 1035, section 3.1), in lower case and without the last zero byte, one after the other in a
 * ring: the oldest are overwritten. A name is known by its position, which counts on past 2^32 from 0.
 */
export class DnsNameRing {
  #bytes: Uint8Array = new Uint8Array(FIRST_BYTES);
  /** Bytes ever written. */
  #written = 0;

  /** Keeps the name at [from, to) of a message; returns its position. */
  keep(view: DataView, from: number, to: number): number {
    if (this.#written + (to - from) > this.#bytes.length && this.#bytes.length < MOST_BYTES) {
      const grown = new Uint8Array(this.#bytes.length * 2);
      grown.set(this.#bytes);
      this.#bytes = grown;
    }
    const position = this.#written;
    const mask = this.#bytes.length - 1;
    for (let at = from; at < to; at++)
      this.#bytes[(position + at - from) & mask] = lowerCase(view.getUint8(at));
    this.#written = (position + (to - from)) >>> 0;
    return position;
  }

  /** True when the name at `position` is there still and equal to the one at [from, to), which is as long. */
  equals(position: number, view: DataView, from: number, to: number): boolean {
    if (!this.#isThere(position)) return false;
    const mask = this.#bytes.length - 1;
    for (let at = from; at < to; at++)
      if (this.#bytes[(position + at - from) & mask] !== lowerCase(view.getUint8(at))) return false;
    return true;
  }

  /** The name as a host name; undefined when it was overwritten or holds what no host name can. */
  hostName(position: number, length: number): string | undefined {
    if (!this.#isThere(position)) return undefined;
    const mask = this.#bytes.length - 1;
    let text = "";
    for (let i = 0; i < length;) {
      const size = this.#bytes[(position + i) & mask] ?? 0;
      if (text.length > 0) text += ".";
      for (let k = 1; k <= size; k++)
        text += String.fromCharCode(this.#bytes[(position + i + k) & mask] ?? 0);
      i += 1 + size;
    }
    return hostNameOf(text);
  }

  #isThere(position: number): boolean {
    return (this.#written - position) >>> 0 <= this.#bytes.length;
  }
}

/** A byte of a name without regard to letter case (RFC 4343). */
export function lowerCase(byte: number): number {
  return byte >= 65 && byte <= 90 ? byte + 32 : byte;
}
