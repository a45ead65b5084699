import type { Frame } from "./frame.ts";

const TWO_TO_THE_32 = 4_294_967_296;
const LAST_SECOND = 0xffffffff;
/** Largest divisor for which a remainder times 2^16 is still an exact number. */
const LARGEST_EXACT_DIVISOR = 2 ** 37;

/** What a pcapng interface says about its clock without saying anything: microseconds. */
export const DEFAULT_TIME_RESOLUTION = 6;

/**
 * Turns the 64-bit times of one pcapng interface into seconds and nanoseconds (draft-ietf-opsawg-pcapng,
 * section 4.2: if_tsresol, if_tsoffset). Finer than nanoseconds is cut off, as Wireshark does.
 */
export class TimeScale {
  readonly #perSecond: number;
  /** For the rare resolutions that plain numbers cannot divide exactly; undefined for the others. */
  readonly #exactPerSecond: bigint | undefined;
  readonly #offsetSeconds: number;
  readonly #isMicroseconds: boolean;
  readonly #isBinary: boolean;

  /**
   * `resolution`: the byte of if_tsresol, n for 10^-n s, 128 + n for 2^-n s. `offsetSeconds`: if_tsoffset, which
   * may be negative.
   */
  constructor(resolution: number, offsetSeconds: number) {
    const exponent = resolution & 0x7f;
    const perSecond = resolution < 0x80 ? 10n ** BigInt(exponent) : 1n << BigInt(exponent);
    this.#perSecond = Number(perSecond);
    this.#exactPerSecond =
      perSecond > LARGEST_EXACT_DIVISOR || (resolution >= 0x80 && exponent > 32) ? perSecond : undefined;
    this.#offsetSeconds = offsetSeconds;
    this.#isBinary = resolution >= 0x80;
    this.#isMicroseconds = resolution === DEFAULT_TIME_RESOLUTION;
  }

  /** Sets the frame's time from the two 32-bit halves of a time stamp. */
  setTime(frame: Frame, high: number, low: number): void {
    if (this.#isMicroseconds && high < 0x200000) {
      const ticks = high * TWO_TO_THE_32 + low;
      const seconds = Math.floor(ticks / 1_000_000);
      this.#set(frame, seconds, (ticks - seconds * 1_000_000) * 1000);
    } else if (this.#exactPerSecond === undefined) {
      this.#divide(frame, high, low);
    } else {
      const ticks = (BigInt(high) << 32n) | BigInt(low);
      const seconds = ticks / this.#exactPerSecond;
      const rest = ticks % this.#exactPerSecond;
      this.#set(frame, Number(seconds), Number((rest * 1_000_000_000n) / this.#exactPerSecond));
    }
  }

  /** Long division with digits of 32, 16 and 16 bits; every step is exact, since remainders stay below 2^37. */
  #divide(frame: Frame, high: number, low: number): void {
    const divisor = this.#perSecond;
    const quotient0 = Math.floor(high / divisor);
    const digits1 = (high - quotient0 * divisor) * 65_536 + (low >>> 16);
    const quotient1 = Math.floor(digits1 / divisor);
    const digits2 = (digits1 - quotient1 * divisor) * 65_536 + (low & 0xffff);
    const quotient2 = Math.floor(digits2 / divisor);
    const rest = digits2 - quotient2 * divisor;
    this.#set(frame, quotient0 * TWO_TO_THE_32 + quotient1 * 65_536 + quotient2, this.#nanoseconds(rest));
  }

  #nanoseconds(rest: number): number {
    const divisor = this.#perSecond;
    // 2^-n with n up to 32: rest x 10^9 / 2^n is (rest x 5^9) / (2^n / 2^9), and rest x 5^9 stays below 2^53.
    if (this.#isBinary) return Math.floor((rest * 1_953_125) / (divisor / 512));
    if (divisor <= 1_000_000_000) return rest * (1_000_000_000 / divisor);
    return Math.floor(rest / (divisor / 1_000_000_000));
  }

  #set(frame: Frame, unshifted: number, nanoseconds: number): void {
    const seconds = unshifted + this.#offsetSeconds;
    frame.timed = seconds >= 0 && seconds <= LAST_SECOND;
    frame.seconds = frame.timed ? seconds : 0;
    frame.nanoseconds = frame.timed ? nanoseconds : 0;
  }
}
