import { compareText } from "../compare-text.ts";
import { startDirection } from "../flows/flow-span.ts";
import * as layout from "../flows/layout.ts";
import type { FlowRecords } from "../flows/flow-records.ts";
import type { SpareWords } from "../flows/spare-words.ts";
import { compareMoments, type Moment } from "../path/moment.ts";
import { type GroupList, type LegGroup, type LegReader, SingleLeg } from "./leg-group.ts";

const DIGIT_BITS = 16;
const DIGITS = 1 << DIGIT_BITS;
/** Fewer flows are sorted by comparisons: each pass over digits goes through a table of 65,537 counts. */
const FEW = 4096;

/** Microseconds in 32 bits reach so many seconds. */
const SECONDS_OF_MICROSECONDS = 4294;

const JOINED = 2 ** 31;

/**
 * Puts flows in order of their ends, then their starts, then their Community IDs. Sorted by radix on the times: a
 * million comparisons of objects would cost more than judging the flows.
 */
export class EndOrder {
  readonly #table: FlowRecords["table"];
  readonly #reader: LegReader;
  readonly #spare: SpareWords;
  /** The flow of each, or the place among the joined ones with the highest bit set. */
  readonly #flows: Uint32Array;
  readonly #joined: LegGroup[] = [];
  #count = 0;
  readonly #endSeconds: Uint32Array;
  readonly #endNanoseconds: Uint32Array;

  constructor(table: FlowRecords["table"], reader: LegReader, most: number, spare: SpareWords) {
    this.#table = table;
    this.#reader = reader;
    this.#spare = spare;
    this.#flows = spare.take(most);
    this.#endSeconds = spare.take(most);
    this.#endNanoseconds = spare.take(most);
  }

  /** Adds a flow of one leg. */
  addSingle(flow: number): void {
    this.#flows[this.#add(flow)] = flow;
  }

  /** Adds a flow of several legs; its start is that of the first. */
  addJoined(group: LegGroup): void {
    const index = this.#add(group.legs[0].flow);
    this.#flows[index] = JOINED + this.#joined.length;
    this.#joined.push(group);
    for (const leg of group.legs) this.#takeEnd(index, leg.flow);
  }

  #add(flow: number): number {
    const index = this.#count;
    this.#count += 1;
    this.#takeEnd(index, flow);
    return index;
  }

  #takeEnd(index: number, flow: number): void {
    const page = this.#table.page(flow);
    const at = this.#table.base(flow);
    for (let d = 0; d < 2; d++) {
      // A direction without packets has no last one: its zeros lie before everything.
      const seconds = page[at + layout.LAST_SECONDS + d] ?? 0;
      const nanoseconds = page[at + layout.LAST_NANOSECONDS + d] ?? 0;
      const before = this.#endSeconds[index] ?? 0;
      if (seconds < before || (seconds === before && nanoseconds <= (this.#endNanoseconds[index] ?? 0)))
        continue;
      this.#endSeconds[index] = seconds;
      this.#endNanoseconds[index] = nanoseconds;
    }
  }

  /** The flows in order; nothing is to be added any more. */
  sorted(): GroupList {
    const order = this.#byEnd();
    for (let from = 0; from < order.length;) {
      let to = from + 1;
      while (to < order.length && this.#sameEnd(order[from] ?? 0, order[to] ?? 0)) to += 1;
      if (to - from > 1) this.#sortByStart(order.subarray(from, to));
      from = to;
    }
    return { length: order.length, at: (place) => this.#group(order[place] ?? 0) };
  }

  #group(index: number): LegGroup {
    const flow = this.#flows[index] ?? 0;
    const joined = flow < JOINED ? undefined : this.#joined[flow - JOINED];
    return joined ?? new SingleLeg(flow, this.#reader);
  }

  /** The flow that tells the start. */
  #first(index: number): number {
    const flow = this.#flows[index] ?? 0;
    return flow < JOINED ? flow : (this.#joined[flow - JOINED]?.legs[0].flow ?? 0);
  }

  #startOf(flow: number): Moment {
    const page = this.#table.page(flow);
    const at = this.#table.base(flow);
    const first = startDirection(page, at);
    return {
      seconds: page[at + layout.FIRST_SECONDS + first] ?? 0,
      nanoseconds: page[at + layout.FIRST_NANOSECONDS + first] ?? 0,
    };
  }

  #sameEnd(x: number, y: number): boolean {
    return this.#endSeconds[x] === this.#endSeconds[y] && this.#endNanoseconds[x] === this.#endNanoseconds[y];
  }

  /** Puts flows that end together in order of their starts, then their Community IDs. */
  #sortByStart(tied: Uint32Array): void {
    tied.sort((x, y) => this.#compareStarts(x, y) || x - y);
    for (let from = 0; from < tied.length;) {
      let to = from + 1;
      while (to < tied.length && this.#compareStarts(tied[from] ?? 0, tied[to] ?? 0) === 0) to += 1;
      if (to - from > 1) this.#sortById(tied.subarray(from, to));
      from = to;
    }
  }

  #compareStarts(x: number, y: number): number {
    return compareMoments(this.#startOf(this.#first(x)), this.#startOf(this.#first(y)));
  }

  /** An id is a hash, worked out once each: where packets have no time all flows are tied. */
  #sortById(tied: Uint32Array): void {
    const named = Array.from(tied, (index) => ({ index, id: this.#group(index).legs[0].communityId }));
    named.sort((x, y) => compareText(x.id, y.id) || x.index - y.index);
    for (const [place, { index }] of named.entries()) tied[place] = index;
  }

  #compareEnds(x: number, y: number): number {
    return (
      (this.#endSeconds[x] ?? 0) - (this.#endSeconds[y] ?? 0) ||
      (this.#endNanoseconds[x] ?? 0) - (this.#endNanoseconds[y] ?? 0)
    );
  }

  /**
   * Counts ends in microseconds from the first one on in place of nanoseconds, and leaves no seconds, where nothing is
   * finer and all lie within an hour: it saves a pass. False where it cannot be done.
   */
  #foldSeconds(least: number, most: number): boolean {
    if (most - least >= SECONDS_OF_MICROSECONDS) return false;
    const seconds = this.#endSeconds;
    const nanoseconds = this.#endNanoseconds;
    for (let i = 0; i < this.#count; i++) if ((nanoseconds[i] ?? 0) % 1000 !== 0) return false;
    for (let i = 0; i < this.#count; i++) {
      nanoseconds[i] = ((seconds[i] ?? 0) - least) * 1_000_000 + (nanoseconds[i] ?? 0) / 1000;
      seconds[i] = least;
    }
    return true;
  }

  /** Indexes by end, in passes from the lowest digits to the highest; equal ones keep their order. */
  #byEnd(): Uint32Array {
    const length = this.#count;
    let order = this.#spare.take(length);
    for (let i = 0; i < length; i++) order[i] = i;
    if (length < FEW) return order.sort((x, y) => this.#compareEnds(x, y) || x - y);
    let scratch = this.#spare.take(length);
    let least = 0xffffffff;
    let most = 0;
    for (let i = 0; i < length; i++) {
      const seconds = this.#endSeconds[i] ?? 0;
      if (seconds < least) least = seconds;
      if (seconds > most) most = seconds;
    }
    if (most > least && this.#foldSeconds(least, most)) most = least;
    const pass = (keys: Uint32Array, minus: number, shift: number): void => {
      distribute(order, scratch, keys, minus, shift);
      [order, scratch] = [scratch, order];
    };
    pass(this.#endNanoseconds, 0, 0);
    pass(this.#endNanoseconds, 0, DIGIT_BITS);
    if (most > least) pass(this.#endSeconds, least, 0);
    if (most - least >= DIGITS) pass(this.#endSeconds, least, DIGIT_BITS);
    return order;
  }
}

/** Made with the first pass. */
let starts = new Uint32Array(0);

/**
 * One pass: from `order` to `target` by sixteen bits of each one's key less `minus`. A loop a function: the engine compiles
 * a loop while it runs, and what comes after it is new to it then.
 */
function distribute(
  order: Uint32Array,
  target: Uint32Array,
  keys: Uint32Array,
  minus: number,
  shift: number,
): void {
  if (starts.length === 0) starts = new Uint32Array(DIGITS + 1);
  starts.fill(0);
  countDigits(order, keys, minus, shift);
  sumUp();
  moveByDigit(order, target, keys, minus, shift);
}

function countDigits(order: Uint32Array, keys: Uint32Array, minus: number, shift: number): void {
  for (let i = 0; i < order.length; i++) {
    const digit = digitOf((keys[order[i] ?? 0] ?? 0) - minus, shift);
    starts[digit + 1] = (starts[digit + 1] ?? 0) + 1;
  }
}

function sumUp(): void {
  for (let digit = 1; digit < DIGITS; digit++)
    starts[digit] = (starts[digit] ?? 0) + (starts[digit - 1] ?? 0);
}

function moveByDigit(
  order: Uint32Array,
  target: Uint32Array,
  keys: Uint32Array,
  minus: number,
  shift: number,
): void {
  for (let i = 0; i < order.length; i++) {
    const index = order[i] ?? 0;
    const digit = digitOf((keys[index] ?? 0) - minus, shift);
    const place = starts[digit] ?? 0;
    starts[digit] = place + 1;
    target[place] = index;
  }
}

function digitOf(key: number, shift: number): number {
  return (key >>> shift) & (DIGITS - 1);
}
