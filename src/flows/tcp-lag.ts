import type { Direction } from "../words.ts";

/** A point that was behind so often cuts otherwise: what is sent again comes there, too, after the other one counted it. */
const CUTS_OTHERWISE = 3;

/**
 * Of a TCP flow that several points see: which of them is behind. What one cuts into other segments than the other (offloading at
 * a host, a firewall with another segment size) are no copies, and each byte comes twice, though nothing is sent again.
 */
export class TcpLag {
  // Of each direction: the link context in which new bytes came last, and when, in tenths of a millisecond modulo 2^32;
  // another one, which saw bytes that were known already, and the sequence number after the highest of them.
  readonly #leader: [number, number] = [-1, -1];
  readonly #advanced: [number, number] = [0, 0];
  readonly #behind: [number, number] = [-1, -1];
  readonly #next: [number, number] = [0, 0];
  /** How often that one was behind. */
  readonly #times: [number, number] = [0, 0];

  /** True once `led` was told of the direction. */
  knows(d: Direction): boolean {
    return this.#leader[d] >= 0;
  }

  /** New bytes came, up to `end`. */
  led(d: Direction, context: number, end: number, now: number): void {
    this.#leader[d] = context;
    this.#advanced[d] = now | 0;
    if (this.#behind[d] === context) this.#next[d] = end | 0;
  }

  /** A copy of a segment came. */
  copied(d: Direction, context: number, end: number): void {
    if (context === this.#leader[d]) return;
    if (this.#behind[d] !== context) this.#times[d] = 0;
    if (this.#behind[d] !== context || ((end - this.#next[d]) | 0) > 0) this.#next[d] = end | 0;
    this.#behind[d] = context;
  }

  /**
   * A segment came whose bytes, or the first of them, were seen before. True where its link context has not seen them, though
   * what it did see is known, and another one saw new bytes less than `longest` tenths ago; or where it
   * cuts otherwise.
   */
  isBehind(
    d: Direction,
    context: number,
    sequence: number,
    end: number,
    now: number,
    longest: number,
  ): boolean {
    const isKnown = this.#behind[d] === context && context !== this.#leader[d];
    const isNew = isKnown && ((sequence - this.#next[d]) | 0) >= 0;
    const isBehind = isNew && Math.abs((now - this.#advanced[d]) | 0) < longest;
    if (isBehind) this.#times[d] += 1;
    const cutsOtherwise = isKnown && this.#times[d] >= CUTS_OTHERWISE;
    this.copied(d, context, end);
    return isBehind || cutsOtherwise;
  }
}
