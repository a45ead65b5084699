import { DnsFlow } from "../protocols/dns-flow.ts";
import type { DnsNames } from "../protocols/dns-names.ts";
import type { Inspector, Recognition } from "../protocols/recognition.ts";
import type { Packet } from "../wire/packet.ts";
import type { Direction } from "../words.ts";

/** Watches a lookup where legs of it may lie on both sides of source NAT: its id and name join them. */
export class DnsInspector implements Inspector {
  /** Every answer teaches names. */
  readonly wantsMore: boolean = true;
  readonly #flow = new DnsFlow();
  readonly #names: DnsNames;

  constructor(names: DnsNames) {
    this.#names = names;
  }

  inspect(packet: Packet, direction: Direction, seconds: number, nanoseconds: number, number: number): void {
    this.accept(packet, direction, seconds, nanoseconds, number);
  }

  /** As `inspect`; true when the datagram is DNS. */
  accept(
    packet: Packet,
    direction: Direction,
    seconds: number,
    nanoseconds: number,
    number: number,
  ): boolean {
    this.#names.observe(packet, seconds);
    return this.#flow.accept(packet, direction, seconds, nanoseconds, number);
  }

  result(): Recognition {
    return this.#flow.result();
  }
}
