/** Units of absolute send time in a millisecond: 18 bits of fraction of a second. */
const UNITS_IN_MS = (1 << 18) / 1000;
/** It wraps every 64 s. */
const MODULUS = 1 << 24;
/** A difference above this is a jump of either clock, or no send time at all; ms. */
const MAX_DIFFERENCE_MS = 500;
/** Packets, and the share of them, that have to fit before the element is believed to be a send time. */
const FEWEST = 20;
const FITTING_SHARE = 0.9;

/**
 * Jitter between sending and arrival, by the absolute send time that Microsoft's and other senders put into a header
 * extension: what the network added, without the sender's own unevenness. RFC 3550's filter over other stamps.
 */
export class NetworkJitter {
  #jitter = 0;
  #sum = 0;
  #fitting = 0;
  #steps = 0;
  #sendTime = -1;
  #timeMs = 0;

  /** Adds a packet with its send time (24 bits) and arrival in ms. */
  add(sendTime: number, timeMs: number): void {
    if (this.#sendTime >= 0) {
      const sentAfter = ((sendTime - this.#sendTime + MODULUS) % MODULUS) / UNITS_IN_MS;
      const difference = Math.abs(timeMs - this.#timeMs - sentAfter);
      this.#steps++;
      if (difference <= MAX_DIFFERENCE_MS) {
        this.#fitting++;
        this.#jitter += (difference - this.#jitter) / 16;
        this.#sum += this.#jitter;
      }
    }
    this.#sendTime = sendTime;
    this.#timeMs = timeMs;
  }

  /** Mean in ms; undefined when too few packets had a send time, or what they had does not advance like one. */
  get mean(): number | undefined {
    if (this.#fitting < FEWEST || this.#fitting < FITTING_SHARE * this.#steps) return undefined;
    return this.#sum / this.#fitting;
  }
}
