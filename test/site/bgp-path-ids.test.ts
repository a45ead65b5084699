import { describe, expect, it } from "vitest";
import { bgpOpen, bgpUpdate, nlri } from "../support/bgp.ts";
import { Peering, announce, announce6, END_OF_RIB, TEAMS, TEAMS_ROUTE } from "./peering.ts";

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
