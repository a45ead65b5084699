import { describe, expect, it } from "vitest";
import { RouteHistory } from "../../src/protocols/bgp-history.ts";
import type { BgpSession } from "../../src/protocols/bgp-session.ts";
import { siteWithBgpSessions } from "../../src/site/bgp-links.ts";
import { siteFromText } from "../../src/site/load.ts";
import { type LinkContext, Markers } from "../../src/site/markers.ts";
import { type Site, defaultSite } from "../../src/site/site.ts";

const LINK: LinkContext = {
  file: "a.pcapng",
  interfaceName: "eth0",
  interfaceDescription: undefined,
  vlan: "100",
  sourceMac: "02:00:00:00:00:01",
  destinationMac: "02:00:00:00:00:02",
  erspanSession: -1,
  mirrorHeaders: false,
  outerSource: undefined,
  outerDestination: undefined,
};

function session(isMicrosoftPeering: boolean, ...contexts: readonly number[]): BgpSession {
  return {
    peers: [
      { address: "203.0.113.1", isPublic: true, as: 64_500 },
      { address: "203.0.113.2", isPublic: true, as: 12_076 },
    ],
    contexts: new Set(contexts),
    firstPacket: 1,
    latestSeconds: 0,
    messages: 1,
    communities: new Set(),
    routes: [],
    history: new RouteHistory(),
    since: 0,
    establishedSince: Infinity,
    isOver: false,
    isMicrosoftPeering,
  };
}

/** What frames of `seen` prove after a session was seen in `learned`. */
function kinds(site: Site, learned: LinkContext, seen: LinkContext, peering = true): string[] {
  const markers = new Markers(siteWithBgpSessions(site, [session(peering, 0)], () => learned));
  return markers.judge(seen, 0).out.map((mark) => `${mark.kind} ${mark.pathIndex}`);
}

describe("siteWithBgpSessions", () => {
  it("marks the VLAN of the session as a path of its own", () => {
    const site = siteWithBgpSessions(defaultSite(), [session(true, 0)], () => LINK);
    expect(site.paths).toMatchObject([
      { index: 0, name: "bgp 203.0.113.1 - 203.0.113.2", kind: "expressroute" },
    ]);
    expect(kinds(defaultSite(), LINK, LINK)).toEqual(["bgp-session 0"]);
    expect(kinds(defaultSite(), LINK, { ...LINK, sourceMac: "02:00:00:00:00:09" })).toEqual([
      "bgp-session 0",
    ]);
  });

  it.each([
    ["another VLAN", { vlan: "200" }],
    ["no VLAN", { vlan: "" }],
    ["another interface", { interfaceName: "eth1" }],
    ["another capture", { file: "b.pcapng" }],
    ["a mirror session", { erspanSession: 7 }],
    ["a mirror's headers", { mirrorHeaders: true }],
  ])("marks nothing of %s", (_what, changes) => {
    expect(kinds(defaultSite(), LINK, { ...LINK, ...changes })).toEqual([]);
  });

  it("marks the interface of an untagged session", () => {
    const untagged = { ...LINK, vlan: "" };
    expect(kinds(defaultSite(), untagged, untagged)).toEqual(["bgp-session 0"]);
    expect(kinds(defaultSite(), untagged, LINK)).toEqual([]);
  });

  it.each([
    ["on the interface any", { vlan: "", interfaceName: "any" }],
    ["without Ethernet addresses", { vlan: "", sourceMac: "" }],
    ["inside a mirror", { mirrorHeaders: true }],
    ["inside a tunnel", { outerSource: [0, 0, 0xffff, 1] as const }],
  ])("marks nothing by a session %s", (_what, changes) => {
    const link = { ...LINK, ...changes };
    expect(kinds(defaultSite(), link, link)).toEqual([]);
  });

  it("asks what a frame shows as often for many links as for one", () => {
    const asked = (links: number): number => {
      const contexts = Array.from({ length: links }, (_, i) => ({ ...LINK, vlan: `${i + 1}` }));
      const seen = session(true, ...contexts.keys());
      const markers = new Markers(siteWithBgpSessions(defaultSite(), [seen], (i) => contexts[i]));
      let reads = 0;
      const frame = {
        ...LINK,
        get vlan() {
          reads += 1;
          return "4000";
        },
      };
      expect(markers.judge(frame, 0).out).toEqual([]);
      return reads;
    };
    expect(asked(500)).toBe(asked(1));
  });

  it("marks nothing by a session that is not Microsoft peering", () => {
    expect(siteWithBgpSessions(defaultSite(), [session(false, 0)], () => LINK).paths).toEqual([]);
  });

  it("adds to the declared ExpressRoute path that has the VLAN, and keeps the places of the others", () => {
    const declared = siteFromText(
      'version: 1\npaths:\n  - { name: isp, kind: internet, vlans: ["200"] }\n  - { name: er, kind: expressroute, vlans: ["100"] }\n',
      "site.yaml",
    );
    const site = siteWithBgpSessions(declared, [session(true, 0)], () => LINK);
    expect(site.paths.map((path) => path.name)).toEqual(["isp", "er"]);
    expect(kinds(declared, LINK, LINK)).toEqual(["vlan 1", "bgp-session 1"]);
  });

  it("uses one path for a session seen on several links", () => {
    const links = [LINK, { ...LINK, interfaceName: "eth1" }];
    const site = siteWithBgpSessions(defaultSite(), [session(true, 0, 1)], (number) => links[number]);
    expect(site.paths).toHaveLength(1);
    expect(site.paths[0]?.bgpLinks).toHaveLength(2);
  });

  it("gives the site back when there is nothing to add", () => {
    const site = defaultSite();
    expect(siteWithBgpSessions(site, [], () => undefined)).toBe(site);
  });
});
