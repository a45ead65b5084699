import { BGP_PORT } from "../protocols/bgp-sessions.ts";
import type { Packet } from "../wire/packet.ts";
import { isPublic } from "./public-address.ts";

/** Since when each link context has shown which of our addresses in traffic with the outside; seconds. */
export class ShownAddresses {
  /** Addresses that nobody has outside. */
  readonly inside: (number | undefined)[] = [];
  /** Public addresses: our own ones, or those that source NAT gave. */
  readonly outside: (number | undefined)[] = [];

  /** Takes in what another reading knows of a context. */
  adopt(context: number, inside: number | null, outside: number | null): void {
    if (inside !== null) this.inside[context] = Math.min(inside, this.inside[context] ?? inside);
    if (outside !== null) this.outside[context] = Math.min(outside, this.outside[context] ?? outside);
  }

  /** Takes in a packet of a flow. */
  note(context: number, packet: Packet, seconds: number): void {
    if (this.inside[context] !== undefined) return;
    // Routers among themselves have addresses of their own.
    if (packet.sourcePort === BGP_PORT || packet.destinationPort === BGP_PORT || isMulticast(packet)) return;
    const source = isPublic([packet.source0, packet.source1, packet.source2, packet.source3]);
    const destination = isPublic([
      packet.destination0,
      packet.destination1,
      packet.destination2,
      packet.destination3,
    ]);
    if (source && destination) this.outside[context] ??= seconds;
    else if (source || destination) this.inside[context] = seconds;
  }
}

function isMulticast({ ipVersion, destination0, destination3 }: Packet): boolean {
  return ipVersion === 4 ? destination3 >>> 28 === 14 : destination0 >>> 24 === 255;
}
