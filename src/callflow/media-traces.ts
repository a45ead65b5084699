import { finish, mix } from "../hash/murmur.ts";
import { type CallEnd, type CallFlow, makesCall } from "./call-flow.ts";
import { placesOf } from "./dialog-media.ts";
import { SETUP_US } from "./flows-by-key.ts";
import { partiesOf } from "./join-media.ts";

const SECOND_US = 1_000_000;
/** Media is noted this long before and after it was seen: whatever joins a call does so within it. */
const BEFORE_US = SETUP_US + SECOND_US;
const AFTER_US = SETUP_US + 10 * SECOND_US;
/** Time is told to such stretches. */
const SLOT_US = 300 * SECOND_US;
/** A flow of more stretches (a day) is noted, and asked for, as one of all time. */
const MOST_SLOTS = 288;
const ALL_TIME = -1;

/** Bits of the table, as a power of two: 8 MB, in which two million flows of media leave one in four places taken. */
const BITS = 26;
/** Places of one trace. */
const PLACES = 2;

/**
 * Whose media was seen where and when, so that a flow without media which can be in no call is known without the flows of
 * media: a busy link has a million look-ups of one's own address and checks that nobody answers. A Bloom filter of one
 * size, whatever the archive: it may take a flow for one of a call that is none, never the other way round. Its answers
 * are the same in each run, since calls are put together window by window of the flows that it lets through.
 */
export class MediaTraces {
  #bits: Uint32Array | undefined = undefined;

  /** No media was noted: there are no calls. */
  get isEmpty(): boolean {
    return this.#bits === undefined;
  }

  /** Takes in any flow; what matters are those that calls are made of. */
  note(flow: CallFlow): void {
    if (!makesCall(flow)) return;
    const bits = (this.#bits ??= new Uint32Array(1 << (BITS - 5)));
    const slots = slotsOf(flow.startUs - BEFORE_US, flow.endUs + AFTER_US) ?? [ALL_TIME];
    const traces = [...partiesOf(flow).map(hashOfUser), ...placesOf(flow).map(hashOfEnd)];
    for (const trace of traces)
      for (const slot of slots) eachPlace(trace, slot, (word, bit) => (bits[word] = (bits[word] ?? 0) | bit));
  }

  /** False when surely no call has the flow; to be asked when all flows were noted. */
  mayBeOfCall(flow: CallFlow): boolean {
    if (this.isEmpty) return false;
    if (makesCall(flow)) return true;
    // What a dialog offers is used long after it; streams join what carries them.
    if (flow.dialogs.length > 0 || flow.streams.length > 0) return true;
    const slots = slotsOf(flow.startUs, flow.endUs);
    if (slots === undefined) return true;
    return (
      partiesOf(flow).some((user) => this.#has(hashOfUser(user), slots)) ||
      flow.reported.some((end) => this.#has(hashOfEnd(end), slots))
    );
  }

  #has(trace: number, slots: readonly number[]): boolean {
    return this.#hasAt(trace, ALL_TIME) || slots.some((slot) => this.#hasAt(trace, slot));
  }

  #hasAt(trace: number, slot: number): boolean {
    const bits = this.#bits ?? NONE;
    let has = true;
    eachPlace(trace, slot, (word, bit) => (has &&= ((bits[word] ?? 0) & bit) !== 0));
    return has;
  }
}

const NONE = new Uint32Array();

/** The stretches that a span of time touches; undefined for too many. */
function slotsOf(fromUs: number, toUs: number): number[] | undefined {
  const first = Math.floor(fromUs / SLOT_US);
  const count = Math.floor(toUs / SLOT_US) - first + 1;
  return count > MOST_SLOTS ? undefined : Array.from({ length: count }, (_, i) => first + i);
}

function eachPlace(trace: number, slot: number, visit: (word: number, bit: number) => void): void {
  for (let place = 0; place < PLACES; place++) {
    const bit = finish(mix(mix(trace, slot), place)) >>> (32 - BITS);
    visit(bit >>> 5, 1 << (bit & 31));
  }
}

function hashOfUser(address: string): number {
  return hashOf(address, -1);
}

function hashOfEnd({ address, port }: Pick<CallEnd, "address" | "port">): number {
  return hashOf(address, port);
}

function hashOf(text: string, number: number): number {
  let hash = number;
  for (let i = 0; i < text.length; i++) hash = mix(hash, text.charCodeAt(i));
  return hash;
}
