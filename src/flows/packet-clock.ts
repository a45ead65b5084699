import { type Copies, FORGET_SECONDS } from "./copies.ts";

/** No time of a packet. */
const NOWHEN = -1;
/** A jump of time that so few packets follow before time jumps back was a wrong date, not a change of time. */
const MOST_STRAYS = 16;

/**
 * What time it is by the packets, seconds. A single packet dated far away from all others moves nothing: a wrong clock, or a
 * damaged record. Time follows two of them, and forgets that where it comes back soon.
 */
export class PacketClock {
  readonly #copies: Copies;
  #latest = 0;
  /** The time at which packets come: not that of a single one far away from it. */
  #pace = 0;
  /** The time of the last packet, where that was far away. */
  #far = NOWHEN;
  /** More than the first packet of all came at a pace. */
  #isSure = false;
  #forgotAt = 0;
  /** By how many seconds packets came out of order at most: behind `#latest`, since the last sweep and before it. */
  #late = 0;
  #lateBefore = 0;
  /** The pace before time last jumped, and `#latest` and `#late` as they were then. */
  #home = NOWHEN;
  #homeLatest = 0;
  #homeLate = 0;
  /** Packets since that jump, counted up to one more than `MOST_STRAYS`. */
  #visit = 0;

  /** `copies` are told to forget as time goes on. */
  constructor(copies: Copies) {
    this.#copies = copies;
  }

  /** Latest packet time so far; not that of a packet far away from the ones before and after it. */
  get now(): number {
    return this.#latest;
  }

  /** As `now`, and the last packet of all counts. */
  get latest(): number {
    return Math.max(this.#latest, this.#far);
  }

  /** The latest time less the seconds by which packets since the last sweep came out of order. */
  get settled(): number {
    return this.#latest - this.#late;
  }

  /** How far packets came out of order: the most seconds by which one was dated before the latest before it. */
  get lateSeconds(): number {
    return Math.max(this.#lateBefore, this.#late);
  }

  /** True while the last packet was far away from the others. */
  get isAway(): boolean {
    return this.#far !== NOWHEN;
  }

  /** Whether a packet of that time is one like those before it. */
  isNear(seconds: number): boolean {
    return this.#far === NOWHEN && Math.abs(seconds - this.#pace) <= FORGET_SECONDS;
  }

  /** The moment to which flows may be swept where packets are known to be `slack` seconds late; starts to measure lateness anew. */
  sweep(slack: number): number {
    const moment = Math.min(this.settled, this.#latest - slack);
    this.#lateBefore = this.lateSeconds;
    this.#late = 0;
    return moment;
  }

  /** A packet came. */
  move(seconds: number): void {
    if (this.#visit <= MOST_STRAYS) this.#visit += 1;
    const ahead = seconds - this.#pace;
    if (ahead > FORGET_SECONDS || ahead < -FORGET_SECONDS) {
      if (this.#isAlone(seconds)) return;
    } else if (this.#far !== NOWHEN) {
      this.#far = NOWHEN;
      this.#isSure = true;
    }
    if (seconds > this.#pace) {
      this.#pace = seconds;
      if (seconds - this.#forgotAt > FORGET_SECONDS) {
        this.#copies.forget(seconds);
        this.#forgotAt = seconds;
      }
    }
    if (seconds > this.#latest) this.#latest = seconds;
    else if (this.#latest - seconds > this.#late) this.#late = this.#latest - seconds;
  }

  /**
   * True for a packet far away from the one before it, and where packets come: its time may be wrong, which must not
   * change what becomes of all others. Where the one before it was far away, too, time did go there.
   */
  #isAlone(seconds: number): boolean {
    const far = this.#far;
    this.#far = seconds;
    if (far === NOWHEN) return this.#pace !== 0;
    this.#goTo(far);
    if (Math.abs(seconds - far) > FORGET_SECONDS) return true;
    this.#far = NOWHEN;
    this.#isSure = true;
    return false;
  }

  /** Time jumped there, farther than copies are remembered for. */
  #goTo(seconds: number): void {
    this.#copies.forgetOthers(seconds);
    this.#forgotAt = seconds;
    const isBack =
      this.#home !== NOWHEN && Math.abs(seconds - this.#home) <= FORGET_SECONDS && this.#visit <= MOST_STRAYS;
    if (isBack) {
      this.#latest = this.#homeLatest;
      this.#late = this.#homeLate;
      this.#home = NOWHEN;
    } else {
      this.#home = this.#pace;
      this.#homeLatest = this.#latest;
      this.#homeLate = this.#late;
      this.#visit = 0;
    }
    this.#pace = seconds;
    if (seconds > this.#latest || !this.#isSure) this.#latest = seconds;
    else if (this.#latest - seconds > this.#late) this.#late = this.#latest - seconds;
  }
}
