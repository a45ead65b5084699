import { describe, expect, it } from "vitest";
import { bgpNotification, bgpUpdate, nlri } from "../support/bgp.ts";
import { Peering, announce, END_OF_RIB, TEAMS, OUTLOOK, TEAMS_ROUTE, OUTLOOK_ROUTE } from "./peering.ts";

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
