import type { Direction } from "../words.ts";
import { RECEIVER_REPORT, SENDER_REPORT } from "./rtcp.ts";

/** Sender reports remembered in each direction, newest over oldest. */
const REMEMBERED = 8;
/** Bytes of a report block (RFC 3550, 6.4.1). */
const BLOCK = 24;
/** Longest round trip that is believed, ms. */
const MAX_ROUND_TRIP_MS = 10_000;

/**
 * Round trips from readable RTCP: a sender report passes the capture point, and the other side's report that names it
 * (LSR) says how long it was held there (DLSR). What comes out is the way from the capture point to that side and back.
 */
export class RtcpRoundTrip {
  readonly #stamps: Uint32Array = new Uint32Array(2 * REMEMBERED);
  readonly #timesMs: Float64Array = new Float64Array(2 * REMEMBERED);
  readonly #next: [number, number] = [0, 0];
  /** Shortest round trip in ms between the capture point and the receiver of direction 0 and 1; undefined: none. */
  readonly best: [number | undefined, number | undefined] = [undefined, undefined];

  /** Takes one plain RTCP compound, seen at `timeMs`. */
  add(view: DataView, start: number, end: number, direction: Direction, timeMs: number): void {
    for (let at = start; at + 8 <= end; at += 4 * (view.getUint16(at + 2) + 1)) {
      const type = view.getUint8(at + 1);
      if (type !== SENDER_REPORT && type !== RECEIVER_REPORT) continue;
      const blocksAt = at + (type === SENDER_REPORT ? 28 : 8);
      const stop = Math.min(end, at + 4 * (view.getUint16(at + 2) + 1));
      if (type === SENDER_REPORT && blocksAt <= stop) this.#remember(view, at, direction, timeMs);
      let left = view.getUint8(at) & 0x1f;
      for (let block = blocksAt; left > 0 && block + BLOCK <= stop; block += BLOCK, left--)
        this.#match(view.getUint32(block + 16), view.getUint32(block + 20), direction, timeMs);
    }
  }

  #remember(view: DataView, at: number, direction: Direction, timeMs: number): void {
    // Middle 32 bits of the NTP time stamp, which is what LSR repeats.
    const slot = direction * REMEMBERED + this.#next[direction];
    this.#stamps[slot] = view.getUint32(at + 10);
    this.#timesMs[slot] = timeMs;
    this.#next[direction] = (this.#next[direction] + 1) % REMEMBERED;
  }

  #match(lastReport: number, delay: number, direction: Direction, timeMs: number): void {
    if (lastReport === 0) return;
    const other = direction === 0 ? 1 : 0;
    for (let i = 0; i < REMEMBERED; i++) {
      if (this.#stamps[other * REMEMBERED + i] !== lastReport) continue;
      const roundTrip = timeMs - (this.#timesMs[other * REMEMBERED + i] ?? 0) - (delay * 1000) / 65536;
      if (roundTrip < 0 || roundTrip > MAX_ROUND_TRIP_MS) return;
      const best = this.best[other];
      if (best === undefined || roundTrip < best) this.best[other] = roundTrip;
      return;
    }
  }
}
