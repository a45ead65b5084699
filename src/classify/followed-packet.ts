import type { CaptureInput } from "../capture/inputs.ts";
import type { Frame } from "../capture/frame.ts";
import { type Copies, microseconds } from "../flows/copies.ts";
import { type Packet, PacketKind } from "../wire/packet.ts";

/** The latest packets kept, among which the original of a copy is looked for: about a second of a busy link. */
const RECENT = 1 << 18;
const WORDS = 4;
/** Datagrams in fragments whose flows are remembered. */
const MOST_DATAGRAMS = 1024;

/** A packet of one of the captures, by its number there. */
export interface PacketName {
  readonly input: CaptureInput;
  readonly number: number;
}

/**
 * Follows one packet to its flow, and, of a copy, to the packet that was counted. A fragment that does not tell its flow
 * is followed to that of its datagram, which another fragment tells: of a tunnel's outer packet the one that makes it whole.
 */
export class FollowedPacket {
  readonly #wanted: PacketName;
  readonly #inputs: (capture: number) => CaptureInput | undefined;
  /** Of the latest packets that were counted: when, flow, capture and number. */
  #recent: Int32Array = new Int32Array(RECENT * WORDS);
  #next = 0;
  #copies = 0;
  #isFound = false;
  /** The datagram of the packet, while its flow is yet to be told; else -1. */
  #awaited = -1;
  /** Flows of datagrams that were told before the packet came, the oldest first. */
  readonly #told: Map<number, number> = new Map();
  /** Its flow once it was read, if it is in one; else -1. */
  flow = -1;
  isCopy = false;
  /** The packet that it is a copy of, where no other one can be meant. */
  original: PacketName | undefined = undefined;

  constructor(wanted: PacketName, inputs: (capture: number) => CaptureInput | undefined) {
    this.#wanted = wanted;
    this.#inputs = inputs;
  }

  /**
   * To be called with each packet that was read, and the flow that it was taken into. `packet` is what was decoded last,
   * an earlier one where this one was taken without that.
   */
  saw(frame: Frame, capture: number, flow: number, packet: Packet, copies: Copies): void {
    if (this.#isFound) {
      if (this.#awaited >= 0 && flow >= 0 && tells(packet) && packet.datagram === this.#awaited) {
        this.flow = flow;
        this.#awaited = -1;
      }
      return;
    }
    const isCopy = copies.count > this.#copies;
    this.#copies = copies.count;
    if (frame.number === this.#wanted.number && this.#inputs(capture) === this.#wanted.input) {
      this.#isFound = true;
      this.flow = flow;
      this.isCopy = isCopy && flow >= 0;
      if (this.isCopy) this.original = this.#find(flow, copies.since);
      this.#recent = new Int32Array(0);
      if (flow < 0 && packet.kind === PacketKind.otherIp && packet.innerFragment)
        this.#follow(packet.datagram);
      return;
    }
    if (flow >= 0 && tells(packet)) this.#note(packet.datagram, flow);
    if (!isCopy && flow >= 0) {
      const at = (this.#next++ % RECENT) * WORDS;
      this.#recent[at] = frame.timed ? microseconds(frame.seconds, frame.nanoseconds) : 0;
      this.#recent[at + 1] = flow;
      this.#recent[at + 2] = capture;
      this.#recent[at + 3] = frame.number;
    }
  }

  #follow(datagram: number): void {
    const flow = this.#told.get(datagram);
    if (flow === undefined) this.#awaited = datagram;
    else this.flow = flow;
  }

  /** The first word counts: `packet` may be an earlier one. */
  #note(datagram: number, flow: number): void {
    if (this.#told.has(datagram)) return;
    this.#told.set(datagram, flow);
    const [oldest] = this.#told.keys();
    if (this.#told.size > MOST_DATAGRAMS && oldest !== undefined) this.#told.delete(oldest);
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

/** Whether it is a fragment that shows the flow of its datagram. */
function tells({ kind, fragment }: Packet): boolean {
  return fragment && (kind === PacketKind.tcp || kind === PacketKind.udp);
}
