import { parseAddress } from "../../src/address/address.ts";
import { BgpSessions } from "../../src/protocols/bgp-sessions.ts";
import { expectedFromRoutes } from "../../src/routes/expected.ts";
import { siteWithBgpSessions } from "../../src/site/bgp-links.ts";
import { type Site, defaultSite } from "../../src/site/site.ts";
import { Packet, PacketKind } from "../../src/wire/packet.ts";
import { attribute, bgpOpen, bgpUpdate, nextHop } from "../support/bgp.ts";
import { concat, u16, u8, view } from "../support/bytes.ts";
import { ipBytes } from "../support/packets.ts";

const SYN = 0x02;

/** A peering between a customer's router and Microsoft's on one VLAN, and what the site is held to be after each step. */
export class Peering {
  readonly #sessions = new BgpSessions();
  readonly #sequence = { customer: 1000, microsoft: 5000 };
  #site: Site;
  #port = 40_000;
  #seconds = 1;

  constructor(site: Site = defaultSite()) {
    this.#site = site;
  }

  /** What Microsoft says in another session, on VLAN 311, that was going on when the capture began. */
  beside(bytes: Uint8Array): this {
    const packet = new Packet();
    packet.kind = PacketKind.tcp;
    packet.ipVersion = 4;
    packet.source2 = packet.destination2 = 0xffff;
    packet.source3 = 0xcb007106;
    packet.destination3 = 0xcb007105;
    packet.sourcePort = 179;
    packet.destinationPort = 50_000;
    packet.tcpSequence = 9000;
    packet.view = view(bytes);
    packet.payloadEnd = packet.payloadLength = bytes.length;
    this.#sessions.observe(packet, 2, 1, 1);
    return this;
  }

  /** As `beside`, of a session that the capture has from its OPEN on. */
  besideFromOpen(bytes: Uint8Array): this {
    return this.beside(concat(bgpOpen({ as: 12_076 }), bytes));
  }

  say(end: "customer" | "microsoft", bytes: Uint8Array, flags = 0): this {
    const packet = new Packet();
    packet.kind = PacketKind.tcp;
    packet.ipVersion = 4;
    packet.source2 = packet.destination2 = 0xffff;
    const [customer, microsoft] = [0xcb007101, 0xcb007102];
    packet.source3 = end === "customer" ? customer : microsoft;
    packet.destination3 = end === "customer" ? microsoft : customer;
    packet.sourcePort = end === "customer" ? this.#port : 179;
    packet.destinationPort = end === "customer" ? 179 : this.#port;
    packet.tcpFlags = flags;
    packet.tcpSequence = this.#sequence[end];
    packet.view = view(bytes);
    packet.payloadEnd = packet.payloadLength = bytes.length;
    this.#sequence[end] += bytes.length + ((flags & SYN) === 0 ? 0 : 1);
    this.#sessions.observe(packet, 0, this.#seconds, 1);
    return this;
  }

  /** A new TCP connection, numbered from there on. */
  connect(port: number, sequence: number): this {
    this.#port = port;
    this.#sequence.customer = sequence;
    this.#sequence.microsoft = sequence;
    return this.say("customer", u8(), SYN).say("microsoft", u8(), SYN);
  }

  /** What follows is said so many seconds later. */
  wait(seconds: number): this {
    this.#seconds += seconds;
    return this;
  }

  /** Bytes that the capture does not have. */
  miss(end: "customer" | "microsoft", bytes: number): this {
    this.#sequence[end] += bytes;
    return this;
  }

  open(customer = {}, microsoft = {}): this {
    return this.say("customer", bgpOpen({ as: 64_500, ...customer })).say(
      "microsoft",
      bgpOpen({ as: 12_076, ...microsoft }),
    );
  }

  /** What is expected of each address now: a path, or `unsaid`. */
  expected(...addresses: readonly string[]): string[] {
    return this.expectedAt(Number.MAX_VALUE, ...addresses);
  }

  expectedAt(moment: number, ...addresses: readonly string[]): string[] {
    this.#site = siteWithBgpSessions(this.#site, this.#sessions.sessions(), (context) => ({
      file: "a.pcap",
      interfaceName: undefined,
      interfaceDescription: undefined,
      vlan: context === 2 ? "311" : "310",
      sourceMac: "02:00:00:00:00:01",
      destinationMac: "02:00:00:00:00:02",
      erspanSession: -1,
      mirrorHeaders: false,
      outerSource: undefined,
      outerDestination: undefined,
    }));
    return addresses.map((address) => {
      const words = parseAddress(address)?.words ?? [0, 0, 0, 0];
      return expectedFromRoutes(this.#site, ...words, moment)?.path ?? "unsaid";
    });
  }
}

export function announce(...prefixes: readonly Uint8Array[]): Uint8Array {
  return bgpUpdate({ attributes: [nextHop("203.0.113.2")], announced: prefixes });
}

export function announce6(prefix: Uint8Array): Uint8Array {
  const hop = ipBytes("2001:db8::2");
  return bgpUpdate({ attributes: [attribute(0x80, 14, concat(u16(2), u8(1, 16), hop, u8(0), prefix))] });
}

export const END_OF_RIB: Uint8Array = bgpUpdate({});
export const END_OF_RIB_6: Uint8Array = bgpUpdate({
  attributes: [attribute(0x80, 15, concat(u16(2), u8(1)))],
});
export const TEAMS = "52.112.0.1";
export const OUTLOOK = "13.107.6.152";
export const TEAMS_ROUTE = "52.112.0.0/14";
export const OUTLOOK_ROUTE = "13.107.6.152/31";
