import type { Direction } from "../words.ts";
import type { Packet } from "../wire/packet.ts";
import type { DnsNames } from "./dns-names.ts";
import type { Inspector, Recognition } from "./recognition.ts";

/**
 * Says what one TCP flow carries. Nothing is allocated until a payload comes. `names` learns from DNS over TCP.
 */
export class TcpInspector implements Inspector {
  wantsMore = true;
  readonly #names: DnsNames | undefined;

  constructor(names?: DnsNames) {
    this.#names = names;
  }

  inspect(
    packet: Packet,
    _direction: Direction,
    seconds: number,
    _nanoseconds: number,
    _packetNumber: number,
  ): void {
    this.#names?.observe(packet, seconds);
  }

  result(): Recognition {
    return { application: "unknown", confidence: "low", rule: "none", firstPacket: 0 };
  }
}
