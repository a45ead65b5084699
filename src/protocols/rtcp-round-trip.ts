import { type Direction, opposite } from "../words.ts";
import { doubles } from "./doubles.ts";
import { RECEIVER_REPORT, SENDER_REPORT } from "./rtcp.ts";

/** Sender reports remembered in each direction, newest over oldest: of so many at first, and at most (one for each stream of a conference). */
const REMEMBERED = 8;
const MOST_REMEMBERED = 64;
/** Bytes of a report block (RFC 3550, 6.4.1). */
const BLOCK = 24;
/** Within which the other side's next report names a sender report, with some to spare (RFC 3550, 6.2: every 5 s or so). */
const ANSWERED_MS = 15_000;
/** Longest round trip that is believed, ms. */
const MAX_ROUND_TRIP_MS = 10_000;

/**
 * Round trips from readable RTCP: a sender report passes the capture point, and the other side's report that names it
 * (LSR) says how long it was held there (DLSR). What comes out is the way from the capture point to that side and back.
 */
export class RtcpRoundTrip {
  /** Made with the first report of a direction. */
  readonly #sent: [SenderReports | undefined, SenderReports | undefined] = [undefined, undefined];
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
    (this.#sent[direction] ??= new SenderReports()).add(view.getUint32(at + 10), timeMs);
  }

  #match(lastReport: number, delay: number, direction: Direction, timeMs: number): void {
    if (lastReport === 0) return;
    const other = opposite(direction);
    const sentMs = this.#sent[other]?.timeOf(lastReport);
    if (sentMs === undefined) return;
    const roundTrip = timeMs - sentMs - (delay * 1000) / 65536;
    if (roundTrip < 0 || roundTrip > MAX_ROUND_TRIP_MS) return;
    const best = this.best[other];
    if (best === undefined || roundTrip < best) this.best[other] = roundTrip;
  }
}

/** The sender reports of one direction, each with its time. */
class SenderReports {
  /** Their stamps, then their times in ms since 1970. */
  #reports: number[] = doubles(2 * REMEMBERED);
  #room = REMEMBERED;
  #next = 0;

  add(stamp: number, timeMs: number): void {
    if (this.#next === this.#room) this.#next = 0;
    if (timeMs - (this.#reports[this.#room + this.#next] ?? 0) < ANSWERED_MS) this.#grow();
    this.#reports[this.#next] = stamp;
    this.#reports[this.#room + this.#next] = timeMs;
    this.#next++;
  }

  /** Undefined where none of those remembered has the stamp. */
  timeOf(stamp: number): number | undefined {
    for (let i = 0; i < this.#room; i++) if (this.#reports[i] === stamp) return this.#reports[this.#room + i];
    return undefined;
  }

  /** Makes room behind the latest, so that the oldest stays. */
  #grow(): void {
    const room = this.#room;
    if (room === MOST_REMEMBERED) return;
    const larger = doubles(4 * room);
    for (let i = 0; i < room; i++) {
      const from = (this.#next + i) % room;
      larger[i] = this.#reports[from] ?? 0;
      larger[2 * room + i] = this.#reports[room + from] ?? 0;
    }
    [this.#reports, this.#room, this.#next] = [larger, 2 * room, room];
  }
}
