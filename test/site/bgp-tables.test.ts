import { describe, expect, it } from "vitest";
import { siteFromText } from "../../src/site/load.ts";
import { type Site } from "../../src/site/site.ts";
import {
  asPath,
  bgpKeepalive,
  bgpNotification,
  bgpUpdate,
  communities,
  nextHop,
  nlri,
} from "../support/bgp.ts";
import { concat, u8 } from "../support/bytes.ts";
import {
  Peering,
  announce,
  announce6,
  END_OF_RIB,
  END_OF_RIB_6,
  TEAMS,
  OUTLOOK,
  TEAMS_ROUTE,
  OUTLOOK_ROUTE,
} from "./peering.ts";

const [FIN, RST] = [0x01, 0x04];

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
