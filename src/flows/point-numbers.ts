import { LINK_PLACES } from "../wire/packet.ts";

/** Capture points told apart at a time, a bit each. */
export const POINTS = 32;
/** A point that was silent for so many seconds has no packet of which others are yet to see copies. */
const SILENT_SECONDS = 2;

/**
 * Numbers below 32 of capture points, of which a run may have thousands: each file of a rotation is one. A point that has been
 * silent gives its number to the next; where more than 32 see packets at a time they share them evenly, since
 * a packet that two points with one number saw counts as if one had seen it twice.
 */
export class PointNumbers {
  /** By point, plus one; 0 for none. */
  #numbers: Uint8Array = new Uint8Array(POINTS);
  /** The same of the places of points that are several interfaces. */
  #ofPlaces: Uint8Array = new Uint8Array(0);
  /** Second of the number's last packet. */
  readonly #heard: Uint32Array = new Uint32Array(POINTS);
  /** How many points have the number. */
  readonly #shared: Uint32Array = new Uint32Array(POINTS);
  #count = 0;
  #areShared = false;

  /** True as soon as a second point is met. */
  get several(): boolean {
    return this.#count > 1;
  }

  /** True as soon as two points have had one number at a time. */
  get areShared(): boolean {
    return this.#areShared;
  }

  /** The number of a point that sees a packet, -1 where it is yet to be met. */
  see(point: number, seconds: number): number {
    const number = (this.#numbers[point] ?? 0) - 1;
    if (number >= 0) this.#heard[number] = seconds;
    return number;
  }

  /** As `see`, of a place in a point (`Packet.linkPlace`). */
  seePlace(point: number, place: number, seconds: number): number {
    const number = (this.#ofPlaces[point * LINK_PLACES + place] ?? 0) - 1;
    if (number >= 0) this.#heard[number] = seconds;
    return number;
  }

  /** Gives a point a number. */
  meet(point: number, seconds: number): number {
    const number = this.#free(seconds);
    this.#numbers = withRoom(this.#numbers, point);
    this.#numbers[point] = number + 1;
    return number;
  }

  /** As `meet`, of a place in a point. */
  meetPlace(point: number, place: number, seconds: number): number {
    const number = this.#free(seconds);
    const at = point * LINK_PLACES + place;
    this.#ofPlaces = withRoom(this.#ofPlaces, at);
    this.#ofPlaces[at] = number + 1;
    return number;
  }

  #free(seconds: number): number {
    const number = this.#count < POINTS ? this.#count++ : this.#silentOrLeastShared(seconds);
    if (this.#isSilent(number, seconds)) {
      for (const numbers of [this.#numbers, this.#ofPlaces])
        for (let other = 0; other < numbers.length; other++)
          if (numbers[other] === number + 1) numbers[other] = 0;
      this.#shared[number] = 0;
    }
    if ((this.#shared[number] ?? 0) > 0) this.#areShared = true;
    this.#heard[number] = seconds;
    this.#shared[number] = (this.#shared[number] ?? 0) + 1;
    return number;
  }

  #isSilent(number: number, seconds: number): boolean {
    return seconds - (this.#heard[number] ?? 0) >= SILENT_SECONDS;
  }

  #silentOrLeastShared(seconds: number): number {
    const silent = leastOf(this.#heard);
    return this.#isSilent(silent, seconds) ? silent : leastOf(this.#shared);
  }
}

/** The number with the least count, the first of several. */
function leastOf(counts: Uint32Array): number {
  return counts.indexOf(counts.reduce((least, count) => Math.min(least, count), Infinity));
}

function withRoom(numbers: Uint8Array, at: number): Uint8Array {
  if (at < numbers.length) return numbers;
  const more = new Uint8Array(Math.max(at + 1, 2 * numbers.length));
  more.set(numbers);
  return more;
}
