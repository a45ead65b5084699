/** Numbers further ahead than this start the stream anew; RFC 3550, A.1. */
const MAX_DROPOUT = 3000;
/** How far behind the highest a late packet may be; RFC 3550, A.1. */
const MAX_MISORDER = 100;

/** True where a number, so much ahead of the one before it, would start the stream anew. */
export function isFarAhead(ahead: number): boolean {
  return ahead >= MAX_DROPOUT && MODULUS - ahead > MAX_MISORDER;
}

/** True where a number is so much ahead of the one before it that all between, if they were sent, are lost, and many. */
export function isLeap(ahead: number): boolean {
  return ahead >= MAX_MISORDER && ahead < MAX_DROPOUT;
}

/** Sequence numbers of which it is remembered whether they came: more than MAX_MISORDER, a power of two. */
const WINDOW = 128;
const MODULUS = 65536;

/** What a sequence number was. */
export const SequenceStep = {
  /** Ahead of all before; `advance` says by how many. */
  forward: 0,
  /** Behind the highest, and not seen before. */
  late: 1,
  duplicate: 2,
  /** A jump that only a second packet in sequence will make believable; not counted. */
  jump: 3,
  /** The stream began anew here. */
  restart: 4,
} as const;
export type SequenceStep = (typeof SequenceStep)[keyof typeof SequenceStep];

/**
 * Counts one RTP stream by its sequence numbers (RFC 3550, A.1 and A.3): how many were expected, how many came, once
 * or more. Duplicates and late packets are told apart by a window of the last 128 numbers.
 */
export class SequenceTracker {
  /** Distinct packets. */
  unique = 0;
  duplicates = 0;
  /** Packets that came after one with a higher number. */
  reordered = 0;
  restarts = 0;
  /** By how many the last forward step advanced; 1 is the next number. */
  advance = 1;
  /** Extended number of the last late packet. */
  lateNumber = 0;
  firstSequence = 0;
  /** A bit for each of the last numbers, in words of 32 bits; four are too few for a typed array to pay. */
  readonly #seen: number[] = [0, 0, 0, 0];
  #started = false;
  #isCut = false;
  /** Extended numbers; the first gets one cycle, so that packets before it stay positive. */
  #base = 0;
  #highest = 0;
  #expectedBefore = 0;
  #jumpedTo = -1;

  /** Highest extended sequence number. */
  get highest(): number {
    return this.#highest;
  }

  get lastSequence(): number {
    return this.#highest % MODULUS;
  }

  /** Packets that were sent, as far as the numbers tell (RFC 3550, A.3). */
  get expected(): number {
    return this.#started ? this.#expectedBefore + this.#highest - this.#base + 1 : 0;
  }

  /** Expected less distinct; never below zero. */
  get lost(): number {
    return Math.max(0, this.expected - this.unique);
  }

  /** Takes `count` numbers that follow the highest one, as `add` one by one would. */
  addRun(count: number): void {
    this.#jumpedTo = -1;
    this.advance = 1;
    this.unique += count;
    const from = count > WINDOW ? count - WINDOW + 1 : 1;
    for (let i = from; i <= count; i++) this.#mark(this.#highest + i);
    this.#highest += count;
  }

  add(sequence: number): SequenceStep {
    if (!this.#started) {
      this.#started = true;
      this.firstSequence = sequence;
      this.#begin(sequence);
      return SequenceStep.forward;
    }
    if (this.#isCut) {
      this.#isCut = false;
      this.#expectedBefore = this.expected;
      this.#begin(sequence);
      return SequenceStep.restart;
    }
    const ahead = (sequence - this.#highest) & 0xffff;
    if (ahead === 0) {
      this.duplicates++;
      return SequenceStep.duplicate;
    }
    if (ahead < MAX_DROPOUT) {
      this.#jumpedTo = -1;
      this.#forward(ahead);
      return SequenceStep.forward;
    }
    if (MODULUS - ahead <= MAX_MISORDER) return this.#behind(MODULUS - ahead);
    if (sequence !== this.#jumpedTo) {
      this.#jumpedTo = (sequence + 1) & 0xffff;
      return SequenceStep.jump;
    }
    this.#expectedBefore = this.expected;
    this.restarts++;
    this.#begin(sequence);
    // The packet before this one was the first of the new run.
    this.#base--;
    this.#mark(this.#base);
    this.unique++;
    return SequenceStep.restart;
  }

  /** As `add`, for a number far ahead of which more than numbers tell that all between were sent. */
  addAfterGap(sequence: number): SequenceStep {
    if (!this.#started || this.#isCut) return this.add(sequence);
    this.#jumpedTo = -1;
    this.#forward((sequence - this.#highest) & 0xffff);
    return SequenceStep.forward;
  }

  /** The next number follows the highest one, whatever it is: what lies between was sent and is not in the capture. */
  skip(): void {
    this.#isCut = this.#started;
  }

  #begin(sequence: number): void {
    this.#base = this.#highest = MODULUS + sequence;
    this.#seen.fill(0);
    this.#mark(this.#highest);
    this.#jumpedTo = -1;
    this.advance = 1;
    this.unique++;
  }

  #forward(ahead: number): void {
    this.advance = ahead;
    if (ahead >= WINDOW) this.#seen.fill(0);
    else for (let i = 1; i < ahead; i++) this.#unmark(this.#highest + i);
    this.#highest += ahead;
    this.#mark(this.#highest);
    this.unique++;
  }

  #behind(distance: number): SequenceStep {
    const number = this.#highest - distance;
    const bit = 1 << (number & 31);
    const word = (number % WINDOW) >> 5;
    if (number >= this.#base && ((this.#seen[word] ?? 0) & bit) !== 0) {
      this.duplicates++;
      return SequenceStep.duplicate;
    }
    if (number < this.#base) this.#base = number;
    this.#mark(number);
    this.lateNumber = number;
    this.unique++;
    this.reordered++;
    return SequenceStep.late;
  }

  #mark(number: number): void {
    const word = (number % WINDOW) >> 5;
    this.#seen[word] = (this.#seen[word] ?? 0) | (1 << (number & 31));
  }

  #unmark(number: number): void {
    const word = (number % WINDOW) >> 5;
    this.#seen[word] = (this.#seen[word] ?? 0) & ~(1 << (number & 31));
  }
}
