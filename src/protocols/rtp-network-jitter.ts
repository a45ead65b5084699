/** Units of absolute send time in a millisecond: 18 bits of fraction of a second. */
const UNITS_IN_MS = (1 << 18) / 1000;
/** It wraps every 64 s. */
const MODULUS = 1 << 24;
/** A difference above this is a jump of either clock, or no send time at all; ms. */
const MAX_DIFFERENCE_MS = 500;
/** Packets, and time in ms, after which it is known whether the extension is a send time. */
const FEWEST = 20;
const SHORTEST_MS = 200;
/** Share of the steps that have to be small. */
const FITTING_SHARE = 0.9;
/** Sending and arrival have to advance alike over all steps, within this factor. */
const MOST_DRIFT = 1.5;

/**
 * Jitter between sending and arrival, by the absolute send time that Microsoft's and other senders put into a header
 * extension: what the network added, without the sender's own unevenness. RFC 3550's filter over other stamps. An
 * extension of the same length that does not advance like a clock (playout delay) is told apart.
 */
export class NetworkJitter {
  #jitter = 0;
  #sum = 0;
  #fitting = 0;
  #steps = 0;
  #sentMs = 0;
  #arrivedMs = 0;
  #id = -1;
  #sendTime = -1;
  #timeMs = 0;
  /** A bit for each extension id whose values do not advance like send times. */
  rejected = 0;

  /** Adds a packet with its extension (`absoluteSendTime`: id times 2^24 plus value) and arrival in ms. */
  add(extension: number, timeMs: number): void {
    const sendTime = extension % MODULUS;
    const id = Math.trunc(extension / MODULUS);
    if (id !== this.#id) {
      // Some packets may have another extension of that length in front; once known, it is left alone.
      if (this.#isDecidable && this.#fits) return;
      this.#begin(id);
    }
    if (this.#sendTime >= 0) this.#step((sendTime - this.#sendTime + MODULUS) % MODULUS, timeMs);
    this.#sendTime = sendTime;
    this.#timeMs = timeMs;
    if (this.#isDecidable && !this.#fits) this.rejected |= 1 << id;
  }

  #step(units: number, timeMs: number): void {
    const sentAfter = units / UNITS_IN_MS;
    const arrivedAfter = timeMs - this.#timeMs;
    const difference = Math.abs(arrivedAfter - sentAfter);
    this.#steps++;
    if (difference > MAX_DIFFERENCE_MS) return;
    this.#fitting++;
    this.#sentMs += sentAfter;
    this.#arrivedMs += arrivedAfter;
    this.#jitter += (difference - this.#jitter) / 16;
    this.#sum += this.#jitter;
  }

  #begin(id: number): void {
    this.#id = id;
    this.#sendTime = -1;
    this.#jitter = this.#sum = this.#fitting = this.#steps = this.#sentMs = this.#arrivedMs = 0;
  }

  get #isDecidable(): boolean {
    return this.#steps >= FEWEST && (this.#arrivedMs >= SHORTEST_MS || this.#fitting < this.#steps / 2);
  }

  get #fits(): boolean {
    if (this.#fitting < FITTING_SHARE * this.#steps) return false;
    return this.#sentMs <= MOST_DRIFT * this.#arrivedMs && this.#arrivedMs <= MOST_DRIFT * this.#sentMs;
  }

  /** Mean in ms; undefined when too few packets had a send time, or what they had does not advance like one. */
  get mean(): number | undefined {
    return this.#isDecidable && this.#fits ? this.#sum / this.#fitting : undefined;
  }
}
