/** What became of a segment. */
export const Added = {
  /** Nothing new: seen before, empty, or older than what was consumed. */
  nothing: 0,
  /** More bytes are in order now. */
  grew: 1,
  /** Kept behind a hole. */
  held: 2,
  /** Further ahead than is kept, or no room for it. */
  beyond: 3,
} as const;
export type Added = (typeof Added)[keyof typeof Added];

/** Most bytes that one direction keeps. */
export const STREAM_LIMIT: number = 64 * 1024;

/** Most separate runs of bytes that one direction keeps, where nothing else is asked for. */
const MOST_RUNS = 32;

const FIRST_CAPACITY = 512;

/** Bytes that all streams together may hold, so that very many half-seen connections stay bounded. */
export class ByteBudget {
  #left: number;
  constructor(bytes: number) {
    this.#left = bytes;
  }
  take(bytes: number): boolean {
    if (bytes > this.#left) return false;
    this.#left -= bytes;
    return true;
  }
  give(bytes: number): void {
    this.#left += bytes;
  }
}

/**
 * One direction of a TCP connection, put in order from the first byte that was captured (RFC 9293). Sequence numbers
 * wrap. Of bytes sent twice the first copy in order stays. Until something is consumed, an earlier segment that comes
 * late still goes in front. Holes stay holes until `skipHole`.
 */
export class TcpStream {
  readonly #budget: ByteBudget;
  readonly #mostRuns: number;
  #limit: number;
  #bytes: Uint8Array = new Uint8Array(0);
  #view: DataView = new DataView(this.#bytes.buffer);
  /** Sequence number of the byte at offset 0. */
  #base = 0;
  #started = false;
  #consumed = false;
  /** Runs of bytes that are there, as offsets from, to, from, to ..., ascending, never touching. */
  #runs: number[] = [];

  constructor(budget: ByteBudget, limit: number = STREAM_LIMIT, mostRuns: number = MOST_RUNS) {
    this.#budget = budget;
    this.#limit = limit;
    this.#mostRuns = mostRuns;
  }

  /** Most bytes kept from now on. */
  set limit(bytes: number) {
    this.#limit = bytes;
  }

  /** Holds the bytes in order at [0, length). Valid until the next `add`, `consume` or `release`. */
  get view(): DataView {
    return this.#view;
  }

  /** Bytes in order. */
  get length(): number {
    return this.#runs[0] === 0 ? (this.#runs[1] ?? 0) : 0;
  }

  /** Bytes are kept behind a hole. */
  get hasHole(): boolean {
    return this.#runs.length > (this.#runs[0] === 0 ? 2 : 0);
  }

  /** True when a segment with this sequence number continues right after what was consumed and nothing is kept. */
  expects(sequence: number): boolean {
    return this.#runs.length === 0 && (!this.#started || sequence === this.#base);
  }

  /** Adds the bytes [start, end) of a segment with this sequence number (that of the first of these bytes). */
  add(view: DataView, start: number, end: number, sequence: number): Added {
    if (end <= start) return Added.nothing;
    if (!this.#started) {
      this.#started = true;
      this.#base = sequence;
    }
    let offset = (sequence - this.#base) | 0;
    let from = start;
    if (offset < 0) {
      if (!this.#consumed && this.#makeRoomInFront(-offset)) {
        this.#base = sequence;
        offset = 0;
      } else {
        from -= offset;
        offset = 0;
        if (from >= end) return Added.nothing;
      }
    }
    const room = Math.min(end - from, this.#limit - offset);
    if (room <= 0) return Added.beyond;
    const isFull = this.#runs.length >= 2 * this.#mostRuns && !this.#touches(offset, offset + room);
    if (isFull || !this.#reserve(offset + room)) return Added.beyond;
    const before = this.length;
    // What is in order already stays as it is; only what lies after it is written.
    const skip = Math.max(0, Math.min(before - offset, room));
    if (skip === room) return Added.nothing;
    this.#bytes.set(new Uint8Array(view.buffer, view.byteOffset + from + skip, room - skip), offset + skip);
    this.#addRun(offset, offset + room);
    return this.length > before ? Added.grew : Added.held;
  }

  /** Forgets the first `count` bytes in order (or so many that were read elsewhere when nothing is kept). */
  consume(count: number, sequence: number = this.#base): void {
    this.#started = true;
    this.#consumed = true;
    this.#base = (sequence + count) >>> 0;
    if (this.#runs.length === 0 || count === 0) return;
    const last = this.#runs[this.#runs.length - 1] ?? 0;
    this.#bytes.copyWithin(0, Math.min(count, last), last);
    const runs: number[] = [];
    for (let i = 0; i + 1 < this.#runs.length; i += 2) {
      const from = Math.max(0, (this.#runs[i] ?? 0) - count);
      const to = (this.#runs[i + 1] ?? 0) - count;
      if (to > from) runs.push(from, to);
    }
    this.#runs = runs;
  }

  /** Lets go of what lies before a sequence number: what is wanted begins there. */
  beginAt(sequence: number): void {
    const offset = (sequence - this.#base) | 0;
    if (this.#started && offset > 0) this.consume(offset);
  }

  /** As `beginAt`, also for what may come late. */
  startAt(sequence: number): void {
    if (!this.#started) this.restart(sequence);
    const offset = (sequence - this.#base) | 0;
    if (offset < 0 && this.#makeRoomInFront(-offset)) this.#base = sequence;
    this.consume(Math.max(0, offset));
  }

  /** Gives up on the missing bytes: what is kept behind the first hole is in order now. Bytes before it are lost. */
  skipHole(): void {
    const index = this.#runs[0] === 0 ? 2 : 0;
    const from = this.#runs[index];
    if (from !== undefined) this.consume(from);
  }

  /** Starts anew at a sequence number, with nothing kept. */
  restart(sequence: number): void {
    this.#runs = [];
    this.#base = sequence;
    this.#started = true;
    this.#consumed = true;
  }

  /** Gives the memory back; the stream is empty then. */
  release(): void {
    this.#budget.give(this.#bytes.length);
    this.#bytes = new Uint8Array(0);
    this.#view = new DataView(this.#bytes.buffer);
    this.#runs = [];
  }

  /** Moves everything kept back by `count` bytes; false when that is too far. */
  #makeRoomInFront(count: number): boolean {
    const last = this.#runs[this.#runs.length - 1] ?? 0;
    if (count + last > this.#limit || !this.#reserve(count + last)) return false;
    this.#bytes.copyWithin(count, 0, last);
    this.#runs = this.#runs.map((offset) => offset + count);
    return true;
  }

  #reserve(length: number): boolean {
    if (length <= this.#bytes.length) return true;
    let capacity = Math.max(FIRST_CAPACITY, this.#bytes.length);
    while (capacity < length) capacity *= 2;
    if (!this.#budget.take(capacity - this.#bytes.length)) return false;
    const grown = new Uint8Array(capacity);
    grown.set(this.#bytes);
    this.#bytes = grown;
    this.#view = new DataView(grown.buffer);
    return true;
  }

  /** Index of the first run that does not end before an offset. */
  #runAt(from: number): number {
    const runs = this.#runs;
    let index = 0;
    while (index < runs.length && (runs[index + 1] ?? 0) < from) index += 2;
    return index;
  }

  /** True when bytes there make a run longer, or two to one. */
  #touches(from: number, to: number): boolean {
    const index = this.#runAt(from);
    return index < this.#runs.length && (this.#runs[index] ?? 0) <= to;
  }

  #addRun(from: number, to: number): void {
    const runs = this.#runs;
    const first = this.#runAt(from);
    let last = first;
    for (; last < runs.length && (runs[last] ?? 0) <= to; last += 2) {
      from = Math.min(from, runs[last] ?? 0);
      to = Math.max(to, runs[last + 1] ?? 0);
    }
    runs.splice(first, last - first, from, to);
  }
}
