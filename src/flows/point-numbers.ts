/** Capture points told apart at a time, a bit each. */
export const POINTS = 32;
/** A point that was silent for so many seconds has no packet of which others are yet to see copies. */
const SILENT_SECONDS = 2;

/**
 * Numbers below 32 of capture points, of which a run may have thousands: each file of a rotation is one. A point that has been
 * silent gives its number to the next; where more than 32 see packets at a time some share one.
 */
export class PointNumbers {
  /** By point, plus one; 0 for none. */
  #numbers: Uint8Array = new Uint8Array(POINTS);
  /** Second of the number's last packet. */
  readonly #heard: Uint32Array = new Uint32Array(POINTS);
  #count = 0;

  /** True as soon as a second point is met. */
  get several(): boolean {
    return this.#count > 1;
  }

  /** The number of a point that sees a packet, -1 where it is yet to be met. */
  see(point: number, seconds: number): number {
    const number = (this.#numbers[point] ?? 0) - 1;
    if (number >= 0) this.#heard[number] = seconds;
    return number;
  }

  /** Gives a point a number. */
  meet(point: number, seconds: number): number {
    const number = this.#count < POINTS ? this.#count++ : this.#longestSilent();
    if (seconds - (this.#heard[number] ?? 0) >= SILENT_SECONDS)
      for (let other = 0; other < this.#numbers.length; other++)
        if (this.#numbers[other] === number + 1) this.#numbers[other] = 0;
    if (point >= this.#numbers.length) {
      const more = new Uint8Array(Math.max(point + 1, 2 * this.#numbers.length));
      more.set(this.#numbers);
      this.#numbers = more;
    }
    this.#numbers[point] = number + 1;
    this.#heard[number] = seconds;
    return number;
  }

  #longestSilent(): number {
    let found = 0;
    for (let number = 1; number < POINTS; number++)
      if ((this.#heard[number] ?? 0) < (this.#heard[found] ?? 0)) found = number;
    return found;
  }
}
