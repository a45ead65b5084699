import { type Direction, opposite } from "../words.ts";
import type { Packet } from "../wire/packet.ts";
import { answersQuestion, dnsIdentity, isDns } from "./dns.ts";
import { identityKey, type KeySink } from "./identity-key.ts";
import type { Recognition } from "./recognition.ts";

/** Queries of one flow whose identities are kept. */
const MOST_IDENTITIES = 8;

/** Messages of one flow that are looked at. */
const MOST_MESSAGES = 32;

/** DNS over UDP, flow by flow: who asked, and what source NAT leaves alone. */
export class DnsFlow {
  #messages = 0;
  #firstPacket = 0;
  #initiator: Direction | undefined;
  readonly #identities: string[] = [];

  /** False when further datagrams would teach nothing. */
  get wantsMore(): boolean {
    return this.#messages < MOST_MESSAGES;
  }

  /** Takes one datagram of a DNS port; true when it is DNS. */
  accept(
    packet: Packet,
    direction: Direction,
    _seconds: number,
    _nanoseconds: number,
    packetNumber: number,
  ): boolean {
    const { view, payloadStart: start, payloadEnd: end } = packet;
    return this.read(view, start, end, direction, packetNumber, Math.max(packet.payloadLength, end - start));
  }

  /** Takes one message, of which the wire had `length` bytes; true when it is DNS. */
  read(
    view: DataView,
    start: number,
    end: number,
    direction: Direction,
    packetNumber: number,
    length: number = end - start,
  ): boolean {
    if (!isDns(view, start, end, length)) return false;
    if (this.#messages++ === 0) this.#firstPacket = packetNumber;
    const response = answersQuestion(view, start);
    this.#initiator ??= response ? opposite(direction) : direction;
    if (this.#identities.length < MOST_IDENTITIES) {
      const identity = dnsIdentity(view, start, end);
      if (identity !== undefined && !this.#identities.includes(identity)) this.#identities.push(identity);
    }
    return true;
  }

  identityKeys(sink: KeySink): void {
    for (const identity of this.#identities) sink.add(identityKey(identity));
  }

  result(): Recognition {
    return {
      application: "dns",
      confidence: "high",
      rule: "dns-message",
      firstPacket: this.#firstPacket,
      initiator: this.#initiator,
      identities: this.#identities,
    };
  }
}
