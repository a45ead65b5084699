import type { Sighting } from "../flows/sighting.ts";
import { QuickLook, quickLook } from "../protocols/demux-quick-look.ts";
import { answersQuestion } from "../protocols/dns.ts";
import type { DnsNames } from "../protocols/dns-names.ts";
import { hostRole } from "../protocols/host-roles.ts";
import { LoneStun } from "../protocols/lone-stun.ts";
import type { Inspector, SdpMedia } from "../protocols/recognition.ts";
import { TcpInspector } from "../protocols/tcp-inspector.ts";
import { UdpInspector, type UdpSurroundings } from "../protocols/udp-inspector.ts";
import { IpProtocol } from "../wire/ip-protocol.ts";
import type { Packet } from "../wire/packet.ts";
import type { LookupSightings } from "./lookup-sightings.ts";
import { QUICK_DNS, QUICK_RESPONSE, QUICK_STUN } from "./quick-codes.ts";

/** Chooses who watches a flow, from its first payloads: the cheap first look settles what it can. */
export class Recognisers {
  readonly #names: DnsNames;
  readonly #surroundings: UdpSurroundings;
  readonly #learn: (media: SdpMedia) => void;
  readonly #lookups: LookupSightings;
  readonly lone: LoneStun;

  constructor(names: DnsNames, surroundings: UdpSurroundings, lookups: LookupSightings) {
    this.#lookups = lookups;
    this.#names = names;
    this.#surroundings = surroundings;
    this.lone = new LoneStun(surroundings);
    this.#learn = (media) => surroundings.learn?.(media);
  }

  /** As `ObserverPolicy.recognise`. */
  recognise(packet: Packet, seen: Sighting): Inspector | number {
    const { flow, direction, seconds, nanoseconds, packetNumber } = seen;
    if (packet.protocol === IpProtocol.tcp) {
      const inspector = new TcpInspector(this.#names, this.#learn);
      inspector.inspect(packet, direction, seconds, nanoseconds, packetNumber);
      return inspector;
    }
    const look = quickLook(packet);
    if (
      look === QuickLook.stun &&
      this.lone.keep(packet, flow, direction, seconds, nanoseconds, packetNumber)
    )
      return QUICK_STUN;
    const known = this.lone.take(flow);
    if (known !== undefined) {
      known.inspect(packet, direction, seconds, nanoseconds, packetNumber);
      return known;
    }
    switch (look) {
      case QuickLook.no:
        // Fax, and payload types that only signaling gives a meaning, look like nothing.
        return this.#surroundings.isOffered?.(packet) === true ? this.#watched(packet, seen) : 0;
      case QuickLook.dns: {
        this.#lookups.observe(packet, flow, seen.context, seconds, nanoseconds);
        this.#names.observe(packet, seconds, nanoseconds);
        const response = answersQuestion(packet.view, packet.payloadStart);
        return response ? QUICK_DNS | QUICK_RESPONSE : QUICK_DNS;
      }
      default:
        return this.#watched(packet, seen);
    }
  }

  #watched(packet: Packet, { direction, seconds, nanoseconds, packetNumber }: Sighting): Inspector {
    const inspector = new UdpInspector(this.#surroundings);
    inspector.inspect(packet, direction, seconds, nanoseconds, packetNumber);
    return inspector;
  }
}

/** The last nanosecond of a second: what was told in it before counts. */
const SECOND_END = 999_999_999;

/** True when DNS told one end of a packet that the other is a call signaling host. */
export function isSignalingPeer(packet: Packet, names: DnsNames, seconds: number): boolean {
  const source = [packet.source0, packet.source1, packet.source2, packet.source3] as const;
  const destination = [
    packet.destination0,
    packet.destination1,
    packet.destination2,
    packet.destination3,
  ] as const;
  const host =
    names.lookup(source, destination, seconds, SECOND_END) ??
    names.lookup(destination, source, seconds, SECOND_END);
  return host !== undefined && hostRole(host) === "signaling";
}
