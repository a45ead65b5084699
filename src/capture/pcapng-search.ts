import {
  BlockType,
  MAX_BLOCK_LENGTH,
  SMALLEST_BLOCK,
  leastLength,
  sectionByteOrder,
} from "./pcapng-blocks.ts";
import { MAX_END_SEARCH_STEPS, type Verdict } from "./pcap-search.ts";
import type { ByteWindow } from "./window.ts";

/**
 * Tells whether a block of a pcapng file begins at a place: a known type, a sane length that stands at both ends,
 * and another such block behind it. Blocks inside a packet (somebody fetched a capture file) are why one is too few.
 */
export class PcapngSearch {
  /** Byte order of the section that the search began in. */
  littleEndian = true;
  /** True when nothing but a section header will do. */
  sectionsOnly = false;
  /** Steps left to searches with `toTheEnd`; they answer "no" when it is used up. */
  stepsLeft: number = MAX_END_SEARCH_STEPS;
  readonly #window: ByteWindow;

  constructor(window: ByteWindow) {
    this.#window = window;
  }

  /** First place from `at` on that may be a block's beginning; a quick look, for long damage. */
  candidate(at: number): number {
    const view = this.#window.view;
    const last = this.#window.end - 4;
    const littleEndian = this.littleEndian;
    for (let place = at; place <= last; place++) {
      const type = view.getUint32(place, littleEndian);
      if (type === 0) continue;
      if (type <= BlockType.decryptionSecrets || type === BlockType.sectionHeader) return place;
      if (type === BlockType.custom || type === BlockType.customNotCopied) return place;
    }
    return Math.max(at, last + 1);
  }

  /**
   * Whether blocks begin at offset `at` of the window: two of them, or one that ends the capture. Where the
   * place is not a multiple of 4 bytes away from the damage (`aligned` is false), one more is asked for.
   * With `toTheEnd`, only blocks that end exactly with the capture will do. After "more", the window's `wanted`
   * says how much is needed.
   */
  begins(at: number, aligned: boolean, toTheEnd: boolean): Verdict {
    const window = this.#window;
    const view = window.view;
    const enough = aligned ? 1 : 2;
    let littleEndian = this.littleEndian;
    let place = at;
    for (let seen = 0; ; seen++) {
      if (toTheEnd && --this.stepsLeft < 0) return "no";
      if (place === window.end && window.ended) return seen >= enough ? "yes" : "no";
      if (place + SMALLEST_BLOCK > window.end) {
        return this.#atEnd(seen >= enough && !toTheEnd, place + SMALLEST_BLOCK);
      }
      const type = view.getUint32(place, littleEndian);
      if (seen === 0 && this.sectionsOnly && type !== BlockType.sectionHeader) return "no";
      // Lengths that lead exactly to the capture's end prove it, whatever somebody put between the packets.
      const least = leastLength(type) ?? (toTheEnd && seen > 0 ? SMALLEST_BLOCK : undefined);
      if (least === undefined) return "no";
      if (type === BlockType.sectionHeader) {
        const order = sectionByteOrder(view, place);
        if (order === undefined) return "no";
        littleEndian = order === "little";
      }
      const length = view.getUint32(place + 4, littleEndian);
      if (length < least || length > MAX_BLOCK_LENGTH || (length & 3) !== 0) return "no";
      if (place + length > window.end) return this.#atEnd(seen >= enough && !toTheEnd, place + length);
      if (view.getUint32(place + length - 4, littleEndian) !== length) return "no";
      if (!toTheEnd && seen === enough) return "yes";
      place += length;
    }
  }

  #atEnd(isEnough: boolean, needed: number): Verdict {
    if (this.#window.ended) return isEnough ? "yes" : "no";
    this.#window.want(needed - this.#window.position);
    return "more";
  }
}
