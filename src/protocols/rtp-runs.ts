/**
 * Steady runs of RTP: packets of one SSRC and payload type that follow each other without a gap, as nearly all packets
 * of a call do. What they change lies side by side in three cache lines, where the objects of a stream would touch
 * thirty, and is told to the stream when something else happens, or when a second is over. All of it is what
 * `RtpStream.add` does with such a packet.
 */

// Offsets in doubles.
/** Arrival of the last packet, ms since 1970. */
export const LAST_MS = 0;
/** RFC 3550 jitter, its sum and maximum, ms. */
export const JITTER = 1;
export const JITTER_SUM = 2;
export const JITTER_MAX = 3;
/** Sum of the jitter over the run alone. */
export const RUN_JITTER = 4;
export const MAX_DELTA = 5;
/** Where time is counted from, ms since 1970. */
export const FIRST_MS = 6;
/** RTP clock in Hz; 0 while it is not known. */
export const CLOCK = 7;
/** Arrivals of the packets of a run whose clock is not known, ms since 1970: their jitter is measured afterwards. */
export const TRIAL_MS = 24;
/** Packets of such a run, at most. */
const MOST_IN_TRIAL = 24;

// Offsets in 32-bit words, behind the doubles.
export const SSRC = 16;
/** DSCP in the upper half, payload type in the lower. */
export const KIND = 17;
/** Sequence number of the next packet of the run. */
export const NEXT_SEQUENCE = 18;
export const TIMESTAMP = 19;
/** Packets of the run, and their payload bytes. */
export const PACKETS = 20;
export const BYTES = 21;
/** The second, counted from FIRST_MS, in which all of the run lies. */
export const SECOND = 22;
/** Time stamps of the packets of a run whose clock is not known. */
export const TRIAL_TIMESTAMPS = 96;

/** Offset in bytes: packets in each 20 ms of the second. */
export const BURSTS = 128;
export const BURSTS_IN_SECOND = 50;
export const BURST_MS = 20;
const MOST_IN_BURST = 255;

const WORDS = TRIAL_TIMESTAMPS + MOST_IN_TRIAL;
const PAGE_SHIFT = 9;
const PAGE_MASK = (1 << PAGE_SHIFT) - 1;

/** Jumps of the time stamp beyond this are for the stream to judge, ms. */
const LONGEST_STEP_MS = 3000;

const wordPages: Int32Array[] = [];
const doublePages: Float64Array[] = [];
const bytePages: Uint8Array[] = [];
let allocated = 1; // 0 is no run
let free = 0;

/** A run in its page: words, doubles and bytes are views of the same memory. */
export class RunPlace {
  words: Int32Array = new Int32Array(0);
  doubles: Float64Array = new Float64Array(0);
  bytes: Uint8Array = new Uint8Array(0);
  /** Where the run begins in each of them. */
  word = 0;
  double = 0;
  byte = 0;

  at(run: number): this {
    const page = run >>> PAGE_SHIFT;
    this.words = wordPages[page] ?? this.words;
    this.doubles = doublePages[page] ?? this.doubles;
    this.bytes = bytePages[page] ?? this.bytes;
    this.word = (run & PAGE_MASK) * WORDS;
    this.double = this.word >>> 1;
    this.byte = this.word << 2;
    return this;
  }
}

const place = new RunPlace();

/** The number of an unused run, above 0. */
export function allocateRun(): number {
  if (free !== 0) {
    const run = free;
    place.at(run);
    free = place.words[place.word] ?? 0;
    return run;
  }
  const run = allocated;
  allocated += 1;
  if (run >>> PAGE_SHIFT === wordPages.length) {
    const buffer = new ArrayBuffer((PAGE_MASK + 1) * WORDS * 4);
    wordPages.push(new Int32Array(buffer));
    doublePages.push(new Float64Array(buffer));
    bytePages.push(new Uint8Array(buffer));
  }
  return run;
}

export function releaseRun(run: number): void {
  place.at(run);
  place.words[place.word] = free;
  free = run;
}

/**
 * Takes a datagram that continues the run: same SSRC, payload type and DSCP, the next sequence number, no CSRC,
 * extension or padding. False, and nothing changed, for any other.
 */
export function continueRun(
  run: number,
  view: DataView,
  start: number,
  end: number,
  length: number,
  dscp: number,
  seconds: number,
  nanoseconds: number,
): boolean {
  if (end - start < 12) return false;
  const words = wordPages[run >>> PAGE_SHIFT];
  const doubles = doublePages[run >>> PAGE_SHIFT];
  const bytes = bytePages[run >>> PAGE_SHIFT];
  if (words === undefined || doubles === undefined || bytes === undefined) return false;
  const at = (run & PAGE_MASK) * WORDS;
  const head = view.getUint32(start);
  if (
    head >>> 24 !== 0x80 ||
    view.getInt32(start + 8) !== words[at + SSRC] ||
    (head & 0xffff) !== words[at + NEXT_SEQUENCE] ||
    ((dscp << 16) | ((head >>> 16) & 0x7f)) !== words[at + KIND]
  )
    return false;
  const base = at >>> 1;
  const timeMs = seconds * 1000 + nanoseconds / 1e6;
  const timestamp = view.getInt32(start + 4);
  const ms = timeMs - (doubles[base + LAST_MS] ?? 0);
  const clock = doubles[base + CLOCK] ?? 0;
  const packets = words[at + PACKETS] ?? 0;
  if (clock === 0 && packets === MOST_IN_TRIAL) return false;
  const ticks = (timestamp - (words[at + TIMESTAMP] ?? 0)) | 0;
  const ticksMs = clock === 0 ? 0 : (ticks / clock) * 1000;
  const inSecond = timeMs - (doubles[base + FIRST_MS] ?? 0) - (words[at + SECOND] ?? 0) * 1000;
  // What jumps, goes back in time or begins another second is for the stream to take in.
  if (ms < 0 || inSecond < 0 || inSecond >= 1000 || ticksMs > LONGEST_STEP_MS || ticksMs < -LONGEST_STEP_MS)
    return false;
  const burst = (at << 2) + BURSTS + ((inSecond / BURST_MS) | 0);
  const inBurst = bytes[burst] ?? 0;
  if (inBurst === MOST_IN_BURST) return false;
  bytes[burst] = inBurst + 1;
  words[at + NEXT_SEQUENCE] = (head + 1) & 0xffff;
  words[at + TIMESTAMP] = timestamp;
  words[at + PACKETS] = packets + 1;
  words[at + BYTES] = (words[at + BYTES] ?? 0) + length - 12;
  doubles[base + LAST_MS] = timeMs;
  // The marker begins a talk spurt: the time before it is silence, not delay.
  if ((head & 0x80_0000) === 0 && ms > (doubles[base + MAX_DELTA] ?? 0)) doubles[base + MAX_DELTA] = ms;
  if (clock === 0) {
    doubles[base + TRIAL_MS + packets] = timeMs;
    words[at + TRIAL_TIMESTAMPS + packets] = timestamp;
    return true;
  }
  const before = doubles[base + JITTER] ?? 0;
  const jitter = before + (Math.abs(ms - ticksMs) - before) / 16;
  doubles[base + JITTER] = jitter;
  doubles[base + JITTER_SUM] = (doubles[base + JITTER_SUM] ?? 0) + jitter;
  doubles[base + RUN_JITTER] = (doubles[base + RUN_JITTER] ?? 0) + jitter;
  if (jitter > (doubles[base + JITTER_MAX] ?? 0)) doubles[base + JITTER_MAX] = jitter;
  return true;
}
