import { POINTS } from "./point-numbers.ts";

/** Of so many packets of a mirrored point one or more came twice. */
const ONE_IN = 8;

/**
 * Which capture points see packets twice. Only packets are counted that something tells apart from an equal one sent later
 * (IP identification, payload), and copies that came by the same point: that several points see a packet says nothing of
 * whether each sees it twice.
 */
export class MirroredPoints {
  readonly #packets: Float64Array = new Float64Array(POINTS);
  readonly #copies: Float64Array = new Float64Array(POINTS);

  /** Packets of all points. */
  get packets(): number {
    return sum(this.#packets);
  }

  sawPacket(point: number): void {
    this.#packets[point] = (this.#packets[point] ?? 0) + 1;
  }

  sawCopy(point: number): void {
    this.#copies[point] = (this.#copies[point] ?? 0) + 1;
  }

  /** The last one was no copy, as what came between them shows. */
  sawNoCopy(point: number): void {
    this.#copies[point] = (this.#copies[point] ?? 0) - 1;
  }

  /** True where a point often sees packets twice. One that saw none that tell is taken for one as the others; all such are not. */
  isMirrored(point: number): boolean {
    const packets = this.#packets[point] ?? 0;
    if (packets > 0) return (this.#copies[point] ?? 0) * ONE_IN >= packets;
    const copies = sum(this.#copies);
    return copies > 0 && copies * ONE_IN >= this.packets;
  }
}

function sum(counts: Float64Array): number {
  return counts.reduce((all, one) => all + one, 0);
}
