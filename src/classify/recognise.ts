import { QuickLook, quickLook } from "../protocols/demux-quick-look.ts";
import type { DnsNames } from "../protocols/dns-names.ts";
import type { Inspector } from "../protocols/recognition.ts";
import { TcpInspector } from "../protocols/tcp-inspector.ts";
import { UdpInspector, type UdpSurroundings } from "../protocols/udp-inspector.ts";
import type { Packet } from "../wire/packet.ts";
import { QUICK_DNS, QUICK_RESPONSE } from "./quick-codes.ts";

/** Chooses who watches a flow, from its first payloads: the cheap first look settles what it can. */
export class Recognisers {
  readonly #names: DnsNames;
  readonly #surroundings: UdpSurroundings;

  constructor(names: DnsNames, surroundings: UdpSurroundings) {
    this.#names = names;
    this.#surroundings = surroundings;
  }

  /** As `ObserverPolicy.recognise`. */
  recognise(
    packet: Packet,
    direction: 0 | 1,
    seconds: number,
    nanoseconds: number,
    packetNumber: number,
  ): Inspector | number {
    if (packet.protocol === 6) {
      const inspector = new TcpInspector(this.#names);
      inspector.inspect(packet, direction, seconds, nanoseconds, packetNumber);
      return inspector;
    }
    switch (quickLook(packet)) {
      case QuickLook.no:
        return 0;
      case QuickLook.dns: {
        this.#names.observe(packet, seconds);
        const response = (packet.view.getUint8(packet.payloadStart + 2) & 0x80) !== 0;
        return response ? QUICK_DNS | QUICK_RESPONSE : QUICK_DNS;
      }
      default: {
        const inspector = new UdpInspector(this.#surroundings);
        inspector.inspect(packet, direction, seconds, nanoseconds, packetNumber);
        return inspector;
      }
    }
  }
}
