import { describe, expect, it } from "vitest";
import { parseAddress } from "../../src/address/address.ts";
import { BgpSessions } from "../../src/protocols/bgp-sessions.ts";
import { expectedFromRoutes } from "../../src/routes/expected.ts";
import { siteWithBgpSessions } from "../../src/site/bgp-links.ts";
import { siteFromText } from "../../src/site/load.ts";
import { type Site, defaultSite } from "../../src/site/site.ts";
import { Packet, PacketKind } from "../../src/wire/packet.ts";
import {
  asPath,
  attribute,
  bgpKeepalive,
  bgpNotification,
  bgpOpen,
  bgpUpdate,
  communities,
  nextHop,
  nlri,
} from "../support/bgp.ts";
import { concat, u16, u8, view } from "../support/bytes.ts";
import { ipBytes } from "../support/packets.ts";

const [FIN, SYN, RST] = [0x01, 0x02, 0x04];

/** A peering between a customer's router and Microsoft's on one VLAN, and what the site is held to be after each step. */
class Peering {
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

function announce(...prefixes: readonly Uint8Array[]): Uint8Array {
  return bgpUpdate({ attributes: [nextHop("203.0.113.2")], announced: prefixes });
}

function announce6(prefix: Uint8Array): Uint8Array {
  const hop = ipBytes("2001:db8::2");
  return bgpUpdate({ attributes: [attribute(0x80, 14, concat(u16(2), u8(1, 16), hop, u8(0), prefix))] });
}

const END_OF_RIB = bgpUpdate({});
const END_OF_RIB_6 = bgpUpdate({ attributes: [attribute(0x80, 15, concat(u16(2), u8(1)))] });
const [TEAMS, OUTLOOK] = ["52.112.0.1", "13.107.6.152"];
const [TEAMS_ROUTE, OUTLOOK_ROUTE] = ["52.112.0.0/14", "13.107.6.152/31"];

describe("the table that a BGP session shows", () => {
  it("changes with the session, also where it stays as long as it was", () => {
    const peering = new Peering()
      .open()
      .say("microsoft", announce(nlri(TEAMS_ROUTE)))
      .say("microsoft", END_OF_RIB);
    expect(peering.expected(TEAMS, OUTLOOK)).toEqual(["expressroute", "internet"]);
    peering.say("microsoft", bgpUpdate({ withdrawn: [nlri(TEAMS_ROUTE)] }));
    peering.say("microsoft", announce(nlri(OUTLOOK_ROUTE)));
    expect(peering.expected(TEAMS, OUTLOOK)).toEqual(["internet", "expressroute"]);
    peering.say("microsoft", bgpUpdate({ withdrawn: [nlri(OUTLOOK_ROUTE)] }));
    expect(peering.expected(TEAMS, OUTLOOK)).toEqual(["internet", "internet"]);
  });

  it("may be empty: without a route filter Microsoft announces nothing", () => {
    expect(new Peering().open().say("microsoft", bgpKeepalive()).expected(TEAMS)).toEqual(["unsaid"]);
    expect(new Peering().open().say("microsoft", END_OF_RIB).expected(TEAMS)).toEqual(["internet"]);
  });

  it("says nothing of IPv6 where the session has IPv4 only, and the other way round", () => {
    const six = "2603:1063::1";
    const peering = new Peering()
      .open()
      .say("microsoft", announce(nlri(TEAMS_ROUTE)))
      .say("microsoft", END_OF_RIB);
    expect(peering.expected(OUTLOOK, six)).toEqual(["internet", "unsaid"]);
    peering.say("microsoft", announce6(nlri("2603:1063::/39")));
    expect(peering.expected(six, "2603:1006::1")).toEqual(["expressroute", "unsaid"]);
    expect(peering.say("microsoft", END_OF_RIB_6).expected("2603:1006::1")).toEqual(["internet"]);

    const other = new Peering().open().say("microsoft", announce6(nlri("2603:1063::/39")));
    expect(other.say("microsoft", END_OF_RIB_6).expected(TEAMS, six)).toEqual(["unsaid", "expressroute"]);
  });

  it("knows nothing of a family that both ends agreed on until its routes were shown", () => {
    const both = { families: [1, 2] };
    const six = "2603:1006::1";
    for (const [customer, microsoft] of [
      [both, both],
      [{ families: [1] }, both],
    ] as const) {
      // The other session has a whole table of IPv6.
      const peering = new Peering().open(customer, microsoft).say("microsoft", END_OF_RIB);
      const isAgreed = customer === microsoft;
      peering.besideFromOpen(concat(announce6(nlri("2603:1063::/39")), END_OF_RIB_6));
      expect(peering.expected(six)).toEqual([isAgreed ? "unsaid" : "internet"]);
      expect(peering.say("microsoft", END_OF_RIB_6).expected(six)).toEqual(["internet"]);
    }
  });

  it.each([
    ["a NOTIFICATION", bgpNotification(), 0],
    ["a FIN", u8(), FIN],
    ["a reset", u8(), RST],
  ])("is gone after %s, and there again after the next connection", (_what, bytes, flags) => {
    for (const port of [40_000, 40_001]) {
      const peering = new Peering()
        .open()
        .say("microsoft", announce(nlri(TEAMS_ROUTE)))
        .say("microsoft", END_OF_RIB);
      expect(peering.expected(TEAMS, OUTLOOK)).toEqual(["expressroute", "internet"]);
      expect(peering.say("customer", bytes, flags).expected(TEAMS, OUTLOOK)).toEqual(["unsaid", "unsaid"]);
      // Numbers below those of the connection before are no segments sent again.
      peering
        .connect(port, 10)
        .open()
        .say("microsoft", announce(nlri(OUTLOOK_ROUTE)));
      expect(peering.expected(TEAMS, OUTLOOK)).toEqual(["unsaid", "expressroute"]);
    }
  });

  it("is not all there is where the table of another session is not known", () => {
    const peering = new Peering()
      .open()
      .say("microsoft", announce(nlri(TEAMS_ROUTE)))
      .say("microsoft", END_OF_RIB);
    expect(peering.expected(TEAMS, OUTLOOK)).toEqual(["expressroute", "internet"]);
    peering.beside(
      bgpUpdate({
        attributes: [asPath([12_076], 2), nextHop("203.0.113.6"), communities("12076:5030")],
        announced: [nlri("52.120.0.0/14")],
      }),
    );
    expect(peering.expected(TEAMS, OUTLOOK, "52.120.0.1")).toEqual(["expressroute", "unsaid", "unsaid"]);
  });

  it("is not all there is beside a session of which only KEEPALIVEs are seen: it may be Microsoft's", () => {
    const whole = (site?: Site): Peering =>
      new Peering(site)
        .open()
        .say("microsoft", announce(nlri(TEAMS_ROUTE)))
        .say("microsoft", END_OF_RIB);
    const peering = whole();
    expect(peering.expected(TEAMS, OUTLOOK)).toEqual(["expressroute", "internet"]);
    peering.beside(bgpKeepalive());
    expect(peering.expected(TEAMS, OUTLOOK)).toEqual(["expressroute", "unsaid"]);
    // The end that is told may be the customer's own.
    const told = whole().beside(concat(bgpKeepalive(), bgpUpdate({ attributes: [asPath([64_499], 2)] })));
    expect(told.expected(TEAMS, OUTLOOK)).toEqual(["expressroute", "unsaid"]);
    const declared = siteFromText(
      `version: 1
paths:
  - { name: er, kind: expressroute, vlans: ["310"] }
  - { name: isp, kind: internet, vlans: ["311"] }
`,
      "site.yaml",
    );
    const elsewhere = whole(declared).beside(bgpKeepalive());
    expect(elsewhere.expected(TEAMS, OUTLOOK)).toEqual(["expressroute", "internet"]);
  });

  it.each([
    ["london", "internet"],
    ["amsterdam", "unsaid"],
  ])("says nothing of a declared circuit without a session: %s", (circuit, missing) => {
    const declared = siteFromText(
      `version: 1
paths:
  - { name: er-1, kind: expressroute, circuit: london, vlans: ["310"] }
  - { name: er-2, kind: expressroute, circuit: ${circuit}, vlans: ["320"] }
`,
      "site.yaml",
    );
    const peering = new Peering(declared)
      .open()
      .say("microsoft", announce(nlri(TEAMS_ROUTE)))
      .say("microsoft", END_OF_RIB);
    expect(peering.expected(TEAMS, OUTLOOK)).toEqual(["expressroute", missing]);
  });

  it("is whole with End-of-RIB only where both ends offer graceful restart", () => {
    const graceful = { gracefulRestart: true };
    for (const [customer, microsoft, missing] of [
      [graceful, graceful, "unsaid"],
      [{}, graceful, "internet"],
      [graceful, {}, "internet"],
    ] as const) {
      const peering = new Peering().open(customer, microsoft).say("microsoft", announce(nlri(TEAMS_ROUTE)));
      expect(peering.say("microsoft", bgpKeepalive()).expected(TEAMS, OUTLOOK)).toEqual([
        "expressroute",
        missing,
      ]);
      expect(peering.say("microsoft", END_OF_RIB).expected(OUTLOOK)).toEqual(["internet"]);
    }
  });

  it("is gone when some of the session was missed", () => {
    const peering = new Peering()
      .open()
      .say("microsoft", announce(nlri(TEAMS_ROUTE)))
      .say("microsoft", END_OF_RIB);
    expect(peering.expected(TEAMS, OUTLOOK)).toEqual(["expressroute", "internet"]);
    peering.miss("microsoft", 40).say("microsoft", announce(nlri(OUTLOOK_ROUTE)));
    expect(peering.expected(TEAMS, OUTLOOK)).toEqual(["unsaid", "unsaid"]);
  });
});

describe("the table of a moment that has passed", () => {
  it("is the one that held then, whatever was withdrawn or announced since", () => {
    const peering = new Peering()
      .open()
      .say("microsoft", announce(nlri(TEAMS_ROUTE)))
      .wait(1)
      .say("microsoft", END_OF_RIB)
      .wait(10) // 12
      .say("microsoft", bgpUpdate({ withdrawn: [nlri(TEAMS_ROUTE)] }))
      .say("microsoft", announce(nlri(OUTLOOK_ROUTE)))
      .wait(10) // 22
      .say("microsoft", announce(nlri(TEAMS_ROUTE)));
    const both = [TEAMS, OUTLOOK];
    expect(peering.expectedAt(0.5, ...both)).toEqual(["unsaid", "unsaid"]);
    expect(peering.expectedAt(1.5, ...both)).toEqual(["expressroute", "unsaid"]);
    expect(peering.expectedAt(11, ...both)).toEqual(["expressroute", "internet"]);
    expect(peering.expectedAt(13, ...both)).toEqual(["internet", "expressroute"]);
    expect(peering.expectedAt(23, ...both)).toEqual(["expressroute", "expressroute"]);
  });

  it("is known of the time before the session ended, and before some of it was missed", () => {
    for (const over of [true, false]) {
      const peering = new Peering()
        .open()
        .say("microsoft", announce(nlri(TEAMS_ROUTE)))
        .say("microsoft", END_OF_RIB)
        .wait(10); // 11
      if (over) peering.say("microsoft", bgpNotification());
      else peering.miss("microsoft", 40).say("microsoft", announce(nlri(OUTLOOK_ROUTE)));
      expect(peering.expectedAt(5, TEAMS, OUTLOOK)).toEqual(["expressroute", "internet"]);
      expect(peering.expectedAt(12, TEAMS, OUTLOOK)).toEqual(["unsaid", "unsaid"]);
    }
  });

  it("is that of the connection before where a router connected again", () => {
    const peering = new Peering()
      .open()
      .say("microsoft", announce(nlri(TEAMS_ROUTE)))
      .say("microsoft", END_OF_RIB)
      .wait(10) // 11: the end of the first connection was not captured
      .connect(40_001, 10)
      .open()
      .say("microsoft", announce(nlri(OUTLOOK_ROUTE)))
      .say("microsoft", END_OF_RIB);
    expect(peering.expectedAt(5, TEAMS, OUTLOOK)).toEqual(["expressroute", "internet"]);
    expect(peering.expectedAt(12, TEAMS, OUTLOOK)).toEqual(["internet", "expressroute"]);
  });
});

describe("path identifiers (RFC 7911)", () => {
  const both = { addPath: { 1: 3, 2: 3 } };

  it("stand where one end sends and the other receives them, whatever both offer", () => {
    const receives = { addPath: { 1: 1, 2: 1 } };
    // Every FRR offers to receive them.
    const peering = new Peering().open(receives, receives).say("microsoft", announce(nlri(TEAMS_ROUTE)));
    expect(peering.expected(TEAMS)).toEqual(["expressroute"]);
    const sent = new Peering()
      .open(receives, { addPath: { 1: 2 } })
      .say("microsoft", announce(nlri(TEAMS_ROUTE, 7)));
    expect(sent.expected(TEAMS)).toEqual(["expressroute"]);
    const otherFamily = new Peering().open(both, { addPath: { 2: 3 } });
    otherFamily
      .say("microsoft", announce(nlri(TEAMS_ROUTE)))
      .say("microsoft", announce6(nlri("2603:1063::/39", 7)));
    expect(otherFamily.expected(TEAMS, "2603:1063::1")).toEqual(["expressroute", "expressroute"]);
  });

  it("tell the paths of a prefix apart: one withdrawn leaves the other", () => {
    const peering = new Peering()
      .open(both, both)
      .say("microsoft", announce(nlri(TEAMS_ROUTE, 1), nlri(TEAMS_ROUTE, 2)));
    peering.say("microsoft", END_OF_RIB).say("microsoft", bgpUpdate({ withdrawn: [nlri(TEAMS_ROUTE, 1)] }));
    expect(peering.expected(TEAMS)).toEqual(["expressroute"]);
    peering.say("microsoft", bgpUpdate({ withdrawn: [nlri(TEAMS_ROUTE, 2)] }));
    expect(peering.expected(TEAMS)).toEqual(["internet"]);
  });

  it("are not guessed where the other end's OPEN was not captured", () => {
    const peering = new Peering().say("microsoft", bgpOpen({ as: 12_076, ...both }));
    expect(peering.say("microsoft", announce(nlri(TEAMS_ROUTE, 1))).expected(TEAMS)).toEqual(["unsaid"]);
  });
});
