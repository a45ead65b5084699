import { ClockSearch } from "./rtp-clock.ts";

/** A time stamp that jumps by more than this is a new start, not jitter; ms. */
const MAX_JUMP_MS = 3000;
/** No queue holds a packet for longer: the clock was wrong; ms. */
const MOST_DELAY_MS = 60_000;
/** Clock of video: a sender that changes its payload type keeps it, and has no pauses without time stamps. */
const VIDEO_CLOCK = 90000;
/** What another payload type may take between two packets of the media, ms: two frames a second. */
const LONGEST_ASIDE_MS = 500;
/** Steps after which the search for a clock is given up. */
const MOST_STEPS = 1024;

/** The clock of a payload type; those of a stream are a list, mostly of one. */
interface KnownClock {
  readonly payloadType: number;
  /** Hz; 0 when the search was given up. */
  clock: number;
  /** Hz; 0 when the clock was given and not measured. */
  measured: number;
  readonly next: KnownClock | undefined;
}

/**
 * Interarrival jitter of one stream (RFC 3550, 6.4.1 and A.8) in ms. While the clock is being found, the steps are kept,
 * or their jitter by every clock that it may turn out to be, so that no packet is lost to the search. The first packet, the one after
 * a change of payload type and the one after a jump of the time stamp only set where the next is measured from; so does the one after
 * a pause over which the time stamp stood still, as some senders' does on hold.
 */
export class JitterMeter {
  /** Jitter after the latest packet, ms. */
  jitter = 0;
  max = 0;
  sum = 0;
  count = 0;
  /** Clock of the packets measured last, Hz; 0 while it is not known. */
  clock = 0;
  #search: ClockSearch | undefined;
  #payloadType = -1;
  #timestamp = 0;
  #timeMs = 0;
  #sequence = 0;
  /** The payload type before the latest change, -1 without one, and where its next packet is measured from. */
  #asideType = -1;
  #asideTimestamp = 0;
  #asideTimeMs = 0;
  #asideSequence = 0;
  #known: KnownClock | undefined;
  /** A pause over which the time stamp stood still, ms; 0 without one just before the next packet. */
  #pauseMs = 0;

  /** Payload type of the packets measured last; -1 where the next is measured from none. */
  get payloadType(): number {
    return this.#payloadType;
  }

  /** Forgets where the next packet is measured from (a packet that is no sample was there, or the stream restarted). */
  skip(): void {
    this.#payloadType = this.#asideType = -1;
    this.#pauseMs = 0;
  }

  /** Passes over a packet that was made of those before it: what follows is measured from what came before. */
  pass(sequence: number): void {
    if (((sequence - this.#sequence) & 0xffff) === 1) this.#sequence = sequence;
  }

  /**
   * Measures the next packet from the latest of its payload type, over packets of one other type. Repair (RFC 5109)
   * whose number nobody told follows each frame; without this, frames would never be measured from each other.
   * Audio of a known clock is left alone: the other type can be comfort noise, or have another clock.
   */
  comeBack(payloadType: number, sequence: number, timeMs: number): void {
    if (payloadType !== this.#asideType || timeMs - this.#asideTimeMs > LONGEST_ASIDE_MS) return;
    const clock = this.clockOf(payloadType);
    if (clock !== 0 && clock !== VIDEO_CLOCK) return;
    const from = ((sequence - this.#sequence) & 0xffff) === 1 ? this.#sequence : this.#asideSequence;
    const timestamp = this.#asideTimestamp;
    const arrivalMs = this.#asideTimeMs;
    this.#change(payloadType);
    this.#remember(from, timestamp, arrivalMs);
  }

  /** Clock of a payload type if already found or given, Hz, else 0. */
  clockOf(payloadType: number): number {
    return this.#find(payloadType)?.clock ?? 0;
  }

  /** Fixes the clock of a payload type: static, or from SDP. */
  setClock(payloadType: number, clock: number): void {
    if (clock > 0) this.#learn(payloadType, clock);
  }

  /** Learns late what the clock of a payload type is, where nothing had told or shown it: what was kept is measured by that, too. */
  tellClock(payloadType: number, clock: number): void {
    if (clock === 0 || this.clockOf(payloadType) !== 0) return;
    if (this.#search?.payloadType === payloadType) this.#settle(this.#search, clock, 0);
    else this.#learn(payloadType, clock);
    if (payloadType === this.#payloadType) this.clock = clock;
  }

  /** Adds a packet; true when `jitter` is a new value (of the known clock). */
  add(payloadType: number, sequence: number, timestamp: number, timeMs: number): boolean {
    if (payloadType !== this.#payloadType) {
      this.#change(payloadType);
      this.#remember(sequence, timestamp, timeMs);
      return false;
    }
    const ticks = (timestamp - this.#timestamp) | 0;
    const ms = timeMs - this.#timeMs;
    const next = ((sequence - this.#sequence) & 0xffff) === 1;
    this.#remember(sequence, timestamp, timeMs);
    if (this.clock > 0) {
      const ticksMs = (ticks / this.clock) * 1000;
      const difference = Math.abs(ms - ticksMs);
      const pauseMs = this.#pauseMs;
      this.#pauseMs = 0;
      if (difference > MAX_JUMP_MS) {
        if (Math.abs(ticksMs) > MAX_JUMP_MS || difference > MOST_DELAY_MS) return false;
        if (next) {
          this.#pauseMs = difference;
          return false;
        }
      }
      // The network held them all up: what waited behind the first comes at once.
      if (pauseMs > 0 && ms < ticksMs / 2) this.#take(pauseMs);
      this.#take(difference);
      return true;
    }
    this.#seek(payloadType, ticks, ms, next);
    return false;
  }

  /** Takes in a run of packets of this payload type and clock that was measured elsewhere, as `add` measures. */
  addRun(
    count: number,
    jitter: number,
    sum: number,
    max: number,
    sequence: number,
    timestamp: number,
    timeMs: number,
  ): void {
    this.jitter = jitter;
    this.sum = sum;
    this.max = max;
    this.count += count;
    this.#remember(sequence, timestamp, timeMs);
  }

  /** Decides the clock with what there is, at the end of the stream. `likely` stands in when nothing was found. */
  finish(likely: number | undefined): void {
    const search = this.#search;
    if (search === undefined) return;
    const measured = search.clock(true);
    this.#settle(search, measured === 0 ? (likely ?? 0) : measured, measured);
  }

  /** Clock that was measured for a payload type, not given; undefined when none. */
  measuredClock(payloadType: number): number | undefined {
    const measured = this.#find(payloadType)?.measured ?? 0;
    return measured === 0 ? undefined : measured;
  }

  #take(difference: number): void {
    this.jitter += (difference - this.jitter) / 16;
    this.count++;
    this.sum += this.jitter;
    if (this.jitter > this.max) this.max = this.jitter;
  }

  #find(payloadType: number): KnownClock | undefined {
    let known = this.#known;
    while (known !== undefined && known.payloadType !== payloadType) known = known.next;
    return known;
  }

  #learn(payloadType: number, clock: number): KnownClock {
    const known = this.#find(payloadType);
    if (known === undefined) return (this.#known = { payloadType, clock, measured: 0, next: this.#known });
    known.clock = clock;
    return known;
  }

  #remember(sequence: number, timestamp: number, timeMs: number): void {
    this.#sequence = sequence;
    this.#timestamp = timestamp;
    this.#timeMs = timeMs;
  }

  #change(payloadType: number): void {
    this.#asideType = this.#payloadType;
    this.#asideTimestamp = this.#timestamp;
    this.#asideTimeMs = this.#timeMs;
    this.#asideSequence = this.#sequence;
    this.#payloadType = payloadType;
    this.#pauseMs = 0;
    this.clock = this.clockOf(payloadType);
  }

  #seek(payloadType: number, ticks: number, ms: number, isNext: boolean): void {
    if (this.#find(payloadType) !== undefined) return;
    const search = (this.#search ??= new ClockSearch(payloadType));
    if (search.payloadType !== payloadType) return;
    search.add(ms, ticks, isNext);
    if (search.steps >= MOST_STEPS) {
      const clock = search.shuffledClock();
      this.#settle(search, clock, clock);
    } else if (search.done) {
      const clock = search.clock();
      // Undecided after enough pairs: look at later ones, the beginning may have been a burst.
      if (clock === 0) search.goOn();
      else this.#settle(search, clock, clock);
    }
  }

  #settle(search: ClockSearch, clock: number, measured: number): void {
    this.#search = undefined;
    const known = this.#learn(search.payloadType, clock);
    if (!search.settle(clock)) return;
    known.measured = measured;
    if (this.#payloadType === search.payloadType) this.clock = clock;
    this.jitter = search.jitter;
    this.max = Math.max(this.max, search.max);
    this.sum += search.sum;
    this.count += search.steps;
  }
}
