import type { CaptureInput } from "../capture/inputs.ts";
import type { Frame } from "../capture/frame.ts";
import { type Copies, microseconds } from "../flows/copies.ts";

/** The latest packets kept, among which the original of a copy is looked for: about a second of a busy link. */
const RECENT = 1 << 18;
const WORDS = 4;

/** A packet of one of the captures, by its number there. */
export interface PacketName {
  readonly input: CaptureInput;
  readonly number: number;
}

/** Follows one packet to its flow, and, of a copy, to the packet that was counted. */
export class FollowedPacket {
  readonly #wanted: PacketName;
  readonly #inputs: (capture: number) => CaptureInput | undefined;
  /** Of the latest packets that were counted: when, flow, capture and number. */
  #recent: Int32Array = new Int32Array(RECENT * WORDS);
  #next = 0;
  #copies = 0;
  #isFound = false;
  /** Its flow once it was read, if it is in one; else -1. */
  flow = -1;
  isCopy = false;
  /** The packet that it is a copy of, where no other one can be meant. */
  original: PacketName | undefined = undefined;

  constructor(wanted: PacketName, inputs: (capture: number) => CaptureInput | undefined) {
    this.#wanted = wanted;
    this.#inputs = inputs;
  }

  /** To be called with each packet that was read, and the flow that it was taken into. */
  saw(frame: Frame, capture: number, flow: number, copies: Copies): void {
    if (this.#isFound) return;
    const isCopy = copies.count > this.#copies;
    this.#copies = copies.count;
    if (frame.number === this.#wanted.number && this.#inputs(capture) === this.#wanted.input) {
      this.#isFound = true;
      this.flow = flow;
      this.isCopy = isCopy && flow >= 0;
      if (this.isCopy) this.original = this.#find(flow, copies.since);
      this.#recent = new Int32Array(0);
    } else if (!isCopy && flow >= 0) {
      const at = (this.#next++ % RECENT) * WORDS;
      this.#recent[at] = frame.timed ? microseconds(frame.seconds, frame.nanoseconds) : 0;
      this.#recent[at + 1] = flow;
      this.#recent[at + 2] = capture;
      this.#recent[at + 3] = frame.number;
    }
  }

  /** The one packet of that flow and time. */
  #find(flow: number, since: number): PacketName | undefined {
    const recent = this.#recent;
    let found = -1;
    for (let at = 0; at < Math.min(this.#next, RECENT) * WORDS; at += WORDS) {
      if (recent[at] !== since || recent[at + 1] !== flow) continue;
      if (found >= 0) return undefined;
      found = at;
    }
    const input = found < 0 ? undefined : this.#inputs(recent[found + 2] ?? -1);
    return input === undefined ? undefined : { input, number: recent[found + 3] ?? 0 };
  }
}
